// Adds up what vitest's JSON reporter wrote for each project: prints each failure again, so that who keeps only the end of a log
// has them, and the plain closing line of a test run.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Report {
  success: boolean;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[];
  }[];
}

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: count-tests.ts DIRECTORY');
const longestMessage = 3000; // characters

function tell(where: string, message: string): void {
  const lines = message.split('\n').filter((line) => !line.includes('/node_modules/vitest/'));
  console.log(`FAILED ${where}\n${lines.join('\n').slice(0, longestMessage).replaceAll(/^/gm, '  ')}\n`);
}

const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;

for (const file of readdirSync(directory).filter((name) => name.endsWith('.status'))) {
  const project = path.basename(file, '.status');
  const succeeded = readFileSync(path.join(directory, file), 'utf8').trim() === '0';
  let report: Report | undefined;
  try {
    report = JSON.parse(readFileSync(path.join(directory, `${project}.json`), 'utf8'));
  } catch (error) {
    // without tests there is no report, and a runner that died is told by its status
    if (!succeeded) console.error(`${project}: no report: ${error}`);
  }
  let failed = 0;
  for (const result of report?.testResults ?? []) {
    const statuses = result.assertionResults.map((assertion) => assertion.status);
    const failures = statuses.filter((status) => status === 'failed').length;
    total.passed += statuses.filter((status) => status === 'passed').length;
    total.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length;
    // a file that could not be loaded has no tests, and a failing hook fails none of them
    const outsideOfTests = failures === 0 && result.status === 'failed';
    failed += outsideOfTests ? 1 : failures;
    const file = path.relative(process.cwd(), result.name);
    if (outsideOfTests) tell(`${project} ${file}`, result.message);
    for (const { status, fullName, failureMessages } of result.assertionResults)
      if (status === 'failed') tell(`${project} ${file}: ${fullName}`, (failureMessages ?? []).join('\n'));
  }
  if (!succeeded && failed === 0) {
    console.error(`${project}: the runner failed outside of any test: look for its unhandled errors above`);
    broken = true;
  }
  total.failed += failed;
}

if (total.passed + total.failed === 0) {
  console.error('no test ran');
  broken = true;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = broken || total.failed > 0 ? 1 : 0;
