/**
 * `npm run test:differential [-- NAME...]`: command lines that podman and tspod have to answer alike, from e2e/differential/*.txt (or
 * those that are named). Prints every difference that is not listed, and the score; exits with 1 when there is one.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bothEngines } from '../e2e/differential/engines.ts';
import { describeVerdict, isGood, readScenarioFile, runScenarios, score, type Verdict } from '../e2e/differential/run.ts';

const directory = fileURLToPath(new URL('../e2e/differential/', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.txt') && (wanted.length === 0 || wanted.includes(name.replace(/(\.soak)?\.txt$/, ''))))
  .sort();
if (files.length === 0) throw new Error(`no such list of scenarios: ${wanted.join(', ')}`);

const all: Verdict[] = [];
for (const file of files) {
  const begun = performance.now();
  const engines = await bothEngines();
  try {
    const verdicts = await runScenarios(readScenarioFile(join(directory, file)), engines);
    for (const verdict of verdicts) if (!isGood(verdict)) console.log(describeVerdict(verdict));
    console.log(`${basename(file, '.txt')}: ${score(verdicts)} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    all.push(...verdicts);
  } finally {
    for (const engine of engines) await engine[Symbol.asyncDispose]();
  }
}
if (files.length > 1) console.log(score(all));
process.exitCode = all.every(isGood) ? 0 : 1;
