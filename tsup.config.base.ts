import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

// What every package's build has in common. Declarations do not come from here: tsc emits them.
const common: Options = {
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  outDir: 'dist',
  clean: ['**/*.js'],
  dts: false,
  minify: false,
  treeshake: false,
  sourcemap: false,
  removeNodeProtocol: false,
  silent: true,
};

/**
 * Takes what our sources import of Node's own modules directly from these modules. Node gives an importer every export of a module,
 * and on the way runs the getters of those that nobody asked for: with `node:fs` alone they load the streams. Saves each command 5 ms.
 */
const plainBuiltins: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'plain-builtins',
  setup(build) {
    build.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /^import \{([^}]*)\} from '(node:[^']+)';$/gm,
        (_statement, names: string, module: string) => `const {${asPattern(names)}} = process.getBuiltinModule('${module}');`,
      ),
    }));
  },
};

/** The names of an import as those of a destructuring: without types, `a as b` as `a: b`. */
function asPattern(names: string): string {
  const values = names.split(',').filter((name) => !/^\s*type\s/.test(name));
  return values.map((name) => name.replace(/\s+as\s+/, ': ')).join(',');
}

/** A package that leaves its dependencies to whoever installs it: one module, `dist/index.js`. */
export function library() {
  return defineConfig({ ...common, entry: { index: 'src/index.ts' }, splitting: false });
}

/**
 * A package that carries all code that it runs, ours taken from the sources and that of third parties, so that start-up
 * reads few files. Only the native binding stays outside.
 */
export function bundled(entry: Record<string, string>) {
  return defineConfig({
    ...common,
    entry,
    splitting: true,
    noExternal: [/^(?!node:|ws$|koffi(\/|$)|@koromix\/)/],
    external: ['ws', /^koffi(\/|$)/, /^@koromix\//],
    esbuildPlugins: [plainBuiltins],
    esbuildOptions(options) {
      options.conditions = ['tspod-source', 'node', 'import'];
      options.legalComments = 'none';
    },
  });
}
