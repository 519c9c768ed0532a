// Adds up what `results-reporter.ts` kept of each run of vitest: prints each failure again, so that who keeps only the end of a log has
// them, and the plain closing line of a test run.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Results } from './results-reporter.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: count-tests.ts DIRECTORY');
const longestMessage = 3000; // characters

const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;

for (const name of readdirSync(directory).filter((name) => name.endsWith('.status'))) {
  const run = path.basename(name, '.status');
  const succeeded = readFileSync(path.join(directory, name), 'utf8').trim() === '0';
  let results: Results;
  try {
    results = JSON.parse(readFileSync(path.join(directory, `${run}.json`), 'utf8'));
  } catch (error) {
    console.error(`${run}: no results: ${error}`);
    broken = true;
    continue;
  }
  for (const { where, message } of results.failures) {
    const text = stripVTControlCharacters(message).slice(0, longestMessage);
    console.log(`FAILED ${run} ${where}\n${text.replaceAll(/^/gm, '  ')}\n`);
  }
  if (!succeeded && results.failed === 0) {
    console.error(`${run}: the runner failed, although no test did: see above`);
    broken = true;
  }
  total.passed += results.passed;
  total.failed += results.failed;
  total.skipped += results.skipped;
}

if (total.passed + total.failed === 0) {
  console.error('no test ran');
  broken = true;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = broken || total.failed > 0 ? 1 : 0;
