// Holds only what `--version` needs: everything else is loaded after the compile cache is on.
import { writeSync } from 'node:fs';
import { useCompileCache } from './compile-cache.ts';
import { version } from './version.ts';

/** Runs a command line, given without the program's name, and ends the process. */
export async function start(words: readonly string[]): Promise<void> {
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-v')) {
    writeSync(1, `tspod version ${version()}\n`);
    return;
  }
  useCompileCache();
  if (words[0] === '__complete') {
    const { answerShell } = await import('./completion/complete.ts');
    writeSync(1, await answerShell(words.slice(1)));
    process.exit(0);
  }
  const { main } = await import('./main.ts');
  process.exit(await main(words));
}
