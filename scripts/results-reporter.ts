// What `npm test` keeps of a run of vitest, as JSON in the file that TSPOD_REPORT names: how many tests passed, failed and were skipped,
// and each failure with the difference of the values, which vitest's own JSON reporter leaves out.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface Results {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** File and full name of the test, or of the suite whose hook failed. */
  readonly where: string;
  readonly message: string;
}

const file = process.env.TSPOD_REPORT;
if (file === undefined) throw new Error('TSPOD_REPORT names no file for the results');

export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failures = [
      ...modules.flatMap(failuresOf),
      ...unhandled.map((error) => ({ where: 'outside of any test', message: describe(error) })),
    ];
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: (typeof states)[number]) => states.filter((each) => each === state).length;
    const passed = count('passed');
    const failed = failures.length;
    const skipped = states.length - passed - count('failed');
    mkdirSync(path.dirname(file as string), { recursive: true });
    writeFileSync(file as string, JSON.stringify({ passed, failed, skipped, failures } satisfies Results));
  }
}

/** A file that could not be loaded has no tests, and a failing hook fails none of them: such errors are the file's or the suite's. */
function failuresOf(module: TestModule): Failure[] {
  const file = path.relative(process.cwd(), module.moduleId);
  const suites = [...module.children.allSuites()].map((suite) => ({ name: suite.fullName, errors: suite.errors() }));
  const tests = [...module.children.allTests('failed')].map((test) => ({
    name: test.fullName,
    errors: test.result().errors ?? [],
  }));
  return [{ name: '(the file itself)', errors: module.errors() }, ...suites, ...tests]
    .filter(({ errors }) => errors.length > 0)
    .map(({ name, errors }) => ({ where: `${file}: ${name}`, message: errors.map(describe).join('\n') }));
}

function describe(error: SerializedError): string {
  const text = (error.stack ?? error.message).split('\n').filter((line) => !line.includes('/node_modules/vitest/'));
  return [...text, ...(typeof error.diff === 'string' ? [error.diff] : [])].join('\n');
}
