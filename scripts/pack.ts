/**
 * Makes of every package in `packages/` the tarball that is published, in `node_modules/.cache/tspod-packages/`. Build first.
 *
 *   npm run pack                  the tarballs
 *   npm run lint:packages         and what publint and attw say about them; anything that they say is a failure
 *
 * What is published differs from what lies in the repository: it has the licence, and its package.json nothing that only the
 * repository needs.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const repository = fileURLToPath(new URL('..', import.meta.url));
const output = join(repository, 'node_modules/.cache/tspod-packages');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly [field: string]: unknown;
}

/** Copies what is published of a package, and answers the directory. */
function stage(folder: string): string {
  const source = join(repository, 'packages', folder);
  const target = join(output, 'staged', folder);
  const {
    nx: _nx,
    devDependencies: _devDependencies,
    ...manifest
  }: Manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  if (!existsSync(join(source, 'dist'))) throw new Error(`${folder} is not built: run 'npm run build'`);
  mkdirSync(target, { recursive: true });
  cpSync(join(source, 'dist'), join(target, 'dist'), { recursive: true });
  if (existsSync(join(source, 'README.md'))) copyFileSync(join(source, 'README.md'), join(target, 'README.md'));
  copyFileSync(join(repository, 'LICENSE'), join(target, 'LICENSE'));
  const pages = folder === 'cli' ? copyManPages(target) : {};
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ ...published(manifest), ...pages }, null, 2)}\n`);
  return target;
}

/** Answers the member of package.json that makes npm install them. */
function copyManPages(target: string): { readonly man: readonly string[] } {
  const source = join(repository, 'docs', 'man');
  cpSync(source, join(target, 'man'), { recursive: true });
  return { man: readdirSync(source).map((file) => `./man/${file}`) };
}

function published({ exports, ...manifest }: Manifest): object {
  if (exports === undefined) return manifest;
  const entries = Object.entries(exports).map(([path, { 'tspod-source': _source, ...targets }]) => [path, targets]);
  return { ...manifest, exports: Object.fromEntries(entries) };
}

async function problemsOf(path: string): Promise<string[]> {
  const tarball = Uint8Array.from(readFileSync(path));
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const lint = messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
  if (pkg.exports === undefined) return lint;
  const { types, ...analysis } = await checkPackage(createPackageFromTarballData(tarball));
  if (types === false) return [...lint, 'attw: it has no types'];
  // as attw's profile esm-only has it: what require() and Node 10 would find is not asked
  const problems = 'problems' in analysis ? analysis.problems : [];
  const ours = problems.filter(
    (problem) => !('resolutionKind' in problem) || ['node16-esm', 'bundler'].includes(problem.resolutionKind),
  );
  return [...lint, ...ours.map((problem) => `attw: ${JSON.stringify(problem)}`)];
}

rmSync(output, { recursive: true, force: true });
const staged = readdirSync(join(repository, 'packages')).map(stage);
const answer = execFileSync('npm', ['pack', '--json', '--pack-destination', output, ...staged], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const tarballs: { readonly name: string; readonly filename: string; readonly size: number }[] = Object.values(JSON.parse(answer));

let failures = 0;
for (const { name, filename, size } of tarballs) {
  const tarball = join(output, filename);
  if (!values.check) console.log(`${name}  ${(size / 1024).toFixed(0)} KiB  ${tarball}`);
  for (const problem of values.check ? await problemsOf(tarball) : []) {
    failures += 1;
    console.log(`${name}: ${problem}`);
  }
}
rmSync(join(output, 'staged'), { recursive: true });
if (values.check) console.log(failures === 0 ? `${tarballs.length} packages are fit to be published` : `${failures} problems`);
process.exitCode = failures === 0 ? 0 : 1;
