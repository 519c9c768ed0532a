import { describe, expect, it } from 'vitest';
import { inDependencyOrder } from './order.ts';
import { pauseProgram } from './pause-program.ts';
import { podStatus } from './status.ts';

const order = (containers: { id: string; dependencies?: string[] }[]) =>
  inDependencyOrder(containers, (one) => one).map(({ id }) => id);

describe('the order in which containers start', () => {
  it('has each behind those that it depends on, otherwise by id', () => {
    expect(order([{ id: 'c' }, { id: 'a', dependencies: ['b'] }, { id: 'b', dependencies: ['c'] }, { id: 'd' }])).toEqual([
      'c',
      'd',
      'b',
      'a',
    ]);
  });

  it('does not mind containers that are not in the list', () => {
    expect(order([{ id: 'b', dependencies: ['elsewhere'] }, { id: 'a' }])).toEqual(['a', 'b']);
  });

  it('names containers that depend on each other', () => {
    const cycle = [{ id: 'one', dependencies: ['two'] }, { id: 'two', dependencies: ['one'] }, { id: 'free' }];
    expect(() => order(cycle)).toThrow(
      expect.objectContaining({ code: 'dependency-cycle', message: expect.stringMatching(/one, two/) }),
    );
  });
});

it.each([
  [[], 'Created'],
  [['configured', 'created'], 'Created'],
  [['running', 'running'], 'Running'],
  [['running', 'exited'], 'Degraded'],
  [['running', 'paused'], 'Degraded'],
  [['paused', 'paused'], 'Paused'],
  [['exited', 'stopped'], 'Exited'],
  [['exited', 'configured'], 'Stopped'],
  [['unknown', 'configured'], 'Error'],
] as const)('containers that are %j make a pod %s', (containers, word) => {
  expect(podStatus(containers)).toBe(word);
});

describe('the built-in program of infra containers', () => {
  it('is an executable for the machine', () => {
    const image = Buffer.from(pauseProgram('x64'));
    expect(image.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
    expect(image.readUInt16LE(18)).toBe(62);
    expect(Buffer.from(pauseProgram('arm64')).readUInt16LE(18)).toBe(183);
  });

  it('says so where there is none', () => {
    expect(() => pauseProgram('s390x')).toThrow(expect.objectContaining({ code: 'missing-helper' }));
  });
});
