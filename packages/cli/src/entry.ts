// Holds only what `--version` needs: everything else is loaded after the compile cache is on.
import { writeSync } from 'node:fs';
import { useCompileCache } from './compile-cache.ts';
import { version } from './version.ts';

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-v')) {
  writeSync(1, `tspod version ${version()}\n`);
} else {
  useCompileCache();
  const { main } = await import('./main.ts');
  process.exit(await main(words));
}
