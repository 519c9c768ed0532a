import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothEngines, type Engine } from './differential/engines.ts';
import { describeVerdict, isGood, readScenarioFile, runScenarios, sampleOf, score, type Verdict } from './differential/run.ts';
import { readScenarios, splitWords } from './differential/scenario.ts';
import { runsAll } from './support/share.ts';
import type { CommandResult } from './support/store.ts';

const directory = fileURLToPath(new URL('./differential/', import.meta.url));
/** Those that take long are for the soak, and of the others most that only asks. */
const files = readdirSync(directory).filter((name) => name.endsWith('.txt') && (runsAll || !name.endsWith('.soak.txt')));

describe('podman and tspod answer alike', () => {
  const all: Verdict[] = [];
  let engines: readonly [Engine, Engine];
  afterAll(() => console.log(`differential: ${score(all)}`));

  describe.each(files.sort())('%s', (file) => {
    beforeAll(async () => {
      engines = await bothEngines();
    });
    afterAll(async () => {
      for (const engine of engines) await engine[Symbol.asyncDispose]();
    });

    test(basename(file, '.txt'), async () => {
      const steps = readScenarioFile(join(directory, file));
      const verdicts = await runScenarios(runsAll ? steps : sampleOf(steps), engines);
      all.push(...verdicts);
      expect(verdicts.filter((verdict) => !isGood(verdict)).map(describeVerdict)).toEqual([]);
    });
  });
});

describe('the comparison itself', () => {
  const silent: CommandResult = { exitCode: 0, stdout: '', stderr: '' };
  const answering = (name: Engine['name'], result: Partial<CommandResult>): Engine => ({
    ...{ name, directory: '/nowhere', run: async () => ({ ...silent, ...result }), shell: async () => silent },
    [Symbol.asyncDispose]: async () => {},
  });
  const judged = async (list: string, mine: Partial<CommandResult>, theirs: Partial<CommandResult>) => {
    const engines = [answering('tspod', mine), answering('podman', theirs)] as const;
    const [verdict] = await runScenarios(readScenarios(list, 'list'), engines);
    return verdict as Verdict;
  };

  test.each<[string, string, Partial<CommandResult>, Partial<CommandResult>]>([
    ['exit codes', '$ ps', { exitCode: 1 }, { exitCode: 125 }],
    ['lines', '$ ps', { stdout: 'a\n' }, { stdout: 'a\nb\n' }],
    ['words', '$ ps', { stdout: 'Exited\n' }, { stdout: 'exited\n' }],
    ['a missing message', '$ ps', { stderr: '' }, { stderr: 'Error: no\n' }],
    ['a message of ours alone', '$ ps', { stderr: 'Warning: x\n' }, { stderr: '' }],
    ['members of a document', '$ ps\n  keys .', { stdout: '{"A":1}' }, { stdout: '{"A":1,"B":2}' }],
    ['types in a document', '$ ps\n  json A', { stdout: '{"A":"1"}' }, { stdout: '{"A":1}' }],
    ['titles of columns', '$ ps\n  shape', { stdout: 'NAME  ID\n' }, { stdout: 'ID  NAME\n' }],
    ['the order of lines', '$ ps', { stdout: 'a\nb\n' }, { stdout: 'b\na\n' }],
    ['text that one of them lacks', '$ ps\n  own', { stdout: 'a' }, { stdout: '' }],
    ['a listed difference that is gone', '$ ps\n  differs stdout: why', { stdout: 'a' }, { stdout: 'a' }],
  ])('sees %s', async (_, list, mine, theirs) => {
    expect(isGood(await judged(list, mine, theirs))).toBe(false);
  });

  test.each<[string, string, Partial<CommandResult>, Partial<CommandResult>]>([
    [
      'ids and times',
      '$ ps',
      { stdout: `${'a1'.repeat(32)} 2 seconds ago` },
      { stdout: `${'b2'.repeat(32)} Less than a second ago` },
    ],
    ['what to do next', '$ ps', { stderr: 'Error: no\ngive a name\n' }, { stderr: 'time="x" level=warning\nError: no\n' }],
    ['texts of their own', '$ ps\n  own', { stdout: 'a' }, { stdout: 'b' }],
    ['a listed difference', '$ ps\n  differs exit: why', { exitCode: 1 }, { exitCode: 2 }],
    ['any order, where it is allowed', '$ ps\n  unordered', { stdout: 'a\nb\n' }, { stdout: 'b\na\n' }],
  ])('passes over %s', async (_, list, mine, theirs) => {
    expect(isGood(await judged(list, mine, theirs))).toBe(true);
  });

  test('leaves out only what asks, and keeps some of it', () => {
    const steps = readScenarios(`! prepare\n${'$ act\n? ask\n'.repeat(10)}`, 'list');
    const sample = sampleOf(steps).map(({ line }) => line);
    expect(sample.filter((line) => line !== 'ask')).toHaveLength(11);
    expect(sample.filter((line) => line === 'ask')).toHaveLength(2);
  });

  test('reads words as a shell does, and refuses a note that means nothing', () => {
    expect(splitWords(`ps --format '{{.ID}} x' "a \\"b\\"" c\\ d`)).toEqual(['ps', '--format', '{{.ID}} x', 'a "b"', 'c d']);
    expect(() => readScenarios('$ ps\n  sahpe', 'list')).toThrow('list:2: no such note: sahpe');
    expect(() => readScenarios('ps', 'list')).toThrow('list:1');
  });
});
