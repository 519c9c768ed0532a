/**
 * Bundles the package in the working directory into its `dist/`. A library leaves its dependencies to whoever installs it and is one
 * module. A package with executables carries all code that it runs, ours taken from the sources and that of third parties, in few files:
 * each file that a command loads costs it a third of a millisecond. Declarations do not come from here: tsc emits them.
 */
import { globSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type InputOptions, type OutputOptions, type Plugin, rolldown } from 'rolldown';

interface Executables {
  readonly entries: Readonly<Record<string, string>>;
  /**
   * Files whose code, with all that they import, goes together into one file of that name. What an earlier one holds, a later one does not.
   * What is not named here, or only imported with `import()`, is split by who needs it.
   */
  readonly together: Readonly<Record<string, RegExp>>;
}

/** What the compiler puts in for `await using`, which Node 22 does not know. */
const languageHelpers = /@oxc-project[/+]runtime/;
const engine = /\/engine\/src\/create-runtime\.ts$/;

const executables: Readonly<Record<string, Executables>> = {
  cli: {
    // the exit command and the health checks lie beside the code that starts monitors
    entries: { tspod: 'src/tspod.ts', exit: '../engine/src/exit.ts', health: '../engine/src/health.ts' },
    together: {
      main: /\/cli\/src\/main\.ts$/,
      engine,
      listing: /\/cli\/src\/commands\/ps\.ts$/,
      sessions: /\/cli\/src\/commands\/(start|exec)\.ts$/,
      containers: /\/cli\/src\/commands\/(run|create)\.ts$/,
    },
  },
  engine: {
    entries: { index: 'src/index.ts', exit: 'src/exit.ts', health: 'src/health.ts' },
    together: { engine },
  },
};

const common = {
  platform: 'node',
  transform: { target: 'node22.18' },
  onLog(level, log, handler) {
    // a file that some commands import at once and others with `import()` lies with the first
    if (log.code === 'INEFFECTIVE_DYNAMIC_IMPORT') return;
    if (level === 'warn') throw new Error(log.message);
    handler(level, log);
  },
} as const satisfies InputOptions;

const output = {
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
} as const satisfies OutputOptions;

/** Functions and classes of Node's modules that take milliseconds to load, although most commands never call them. */
const seldomCalled: Readonly<Record<string, RegExp>> = {
  'node:child_process': /^spawn(Sync)?$/,
  'node:crypto': /^createHash$/,
  'node:fs/promises': /^(?!constants$)/,
  'node:net': /^isIP(v4|v6)?$/,
  'node:readline': /^createInterface$/,
  'node:readline/promises': /^createInterface$/,
  'node:tty': /^(isatty|ReadStream|WriteStream)$/,
};

/**
 * Takes what our sources import of Node's own modules directly from these modules. Node gives an importer every export of a module,
 * and on the way runs the getters of those that nobody asked for: with `node:fs` alone they load the streams. Saves each command 5 ms,
 * and 7 ms more by loading the modules above when they are called.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  transform: {
    filter: { id: /\/packages\/[^/]+\/src\/.*\.ts$/ },
    handler: (code) =>
      code.replace(/^import \{([^}]*)\} from '(node:[^']+)';$/gm, (_statement, names: string, module: string) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !/^type\s/.test(name))
          .map((name) => binding(name, module))
          .join(' '),
      ),
  },
};

/** A variable that holds what a module exports; `name` may be `a as b`. */
function binding(name: string, module: string): string {
  const [exported = '', local = exported] = name.split(/\s+as\s+/);
  const from = `process.getBuiltinModule('${module}').${exported}`;
  if (!seldomCalled[module]?.test(exported)) return `const ${local} = ${from};`;
  if (/^[A-Z]/.test(exported)) return `function ${local}(...given) { return new (${from})(...given); }`; // called with new
  return `const ${local} = (...given) => ${from}(...given);`;
}

const own = executables[basename(process.cwd())];
for (const old of globSync('dist/**/*.js')) rmSync(old);
await (own === undefined ? bundleLibrary() : bundleExecutables(own));

async function bundleLibrary(): Promise<void> {
  await using bundle = await rolldown({ ...common, input: { index: 'src/index.ts' }, external: leavesOut, treeshake: false });
  await bundle.write({ ...output, codeSplitting: false });
}

/** Of a library: whatever is no file of its own. */
function leavesOut(id: string): boolean {
  return /^[^./]/.test(id) && !languageHelpers.test(id);
}

async function bundleExecutables({ entries, together }: Executables): Promise<void> {
  await using bundle = await rolldown({
    ...common,
    input: entries,
    // only the native binding, and what few commands need and installs anyway, stay outside
    external: [/^node:/, 'ws', 'yaml', /^koffi(\/|$)/, /^@koromix\//],
    resolve: { conditionNames: ['tspod-source', 'node', 'import'] },
    plugins: [plainBuiltins],
  });
  await bundle.write({
    ...output,
    comments: false,
    codeSplitting: { groups: Object.entries({ language: languageHelpers, ...together }).map(([name, test]) => ({ name, test })) },
  });
}
