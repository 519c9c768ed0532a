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
    noExternal: [/^(?!node:|koffi(\/|$)|@koromix\/)/],
    external: [/^koffi(\/|$)/, /^@koromix\//],
    esbuildOptions(options) {
      options.conditions = ['tspod-source', 'node', 'import'];
      options.legalComments = 'none';
    },
  });
}
