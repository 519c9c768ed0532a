import { execFile } from 'node:child_process';

/** The only package manager that is asked. */
const query = 'dpkg-query';

/**
 * The installed packages that files are from, as `conmon_2.1.6+ds1-1_amd64`, by the files' paths; those that no package has, or all where
 * there is no dpkg, are left out.
 */
export async function packagesOf(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  // what is in /usr now may be recorded by its older path
  const older = paths.filter((path) => path.startsWith('/usr/')).map((path) => path.slice('/usr'.length));
  const owners = new Map(
    (await ask('-S', ...paths, ...older)).flatMap((line) => {
      const [, names = '', path] = /^(?!diversion by )(\S.*): (\/.*)$/.exec(line) ?? [];
      return path === undefined ? [] : [[path, names.split(', ')[0] ?? ''] as const];
    }),
  );
  const ownerOf = (path: string) => owners.get(path) ?? owners.get(path.replace(/^\/usr\//, '/'));
  const names = [...new Set(owners.values())];
  if (names.length === 0) return new Map();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${binary:Package} ${Package} ${Package}_${Version}_${Architecture}\n';
  const packages = new Map(
    (await ask('-W', '-f', format, ...names)).flatMap((line) => {
      const [full = '', short = '', text = ''] = line.split(' ');
      return [[full, text] as const, [short, text] as const];
    }),
  );
  return new Map(
    paths.flatMap((path) => {
      const text = packages.get(ownerOf(path) ?? '');
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
}

/** Lines of the answer, also when that is not complete; none without dpkg. */
async function ask(...flags: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile(query, flags, { env }, (error, stdout) => {
      if (error === null || error.code === 1) resolve(stdout.trim().split('\n'));
      else if (error.code === 'ENOENT') resolve([]);
      else reject(error);
    });
  });
}
