import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, podmanFunctions, struct, TemplateError } from './index.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../oracle/${name}`, import.meta.url), 'utf8'));
const { data, cases } = read('cases.json') as { data: unknown; cases: { template: string; struct?: boolean }[] };
const expected = read('expected.json') as { output: string; error?: string }[];

const labels = { b: '2', a: '1' } as Record<string, string>;
const report = struct('main.Report', {
  ID: '0123456789abcdef',
  Names: ['one', 'two'],
  State: struct('main.State', { Status: 'running', Pid: 42, ExitCode: 0, Running: true }),
  Labels: labels,
  Size: 1.5,
  Parent: null,
  Status: () => 'Up running',
  Label: (name: unknown) => labels[String(name)],
  Fails: () => {
    throw new Error('it failed');
  },
});

function outcome({ template, struct: isStruct }: { template: string; struct?: boolean }): { output: string; error?: string } {
  try {
    return { output: compileTemplate(template, { name: 'case', functions: podmanFunctions })(isStruct ? report : data) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { output: '', error: error.message };
  }
}

describe('as Go’s text/template has it', () => {
  test('there is an answer of Go’s for every case', () => {
    expect(expected).toHaveLength(cases.length);
  });

  test.each(cases.map((one, index) => [one.template, one, expected[index]] as const))('%s', (_title, one, wanted) => {
    expect(outcome(one)).toEqual(wanted);
  });
});
