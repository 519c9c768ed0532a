import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findTail, LineSplitter, parseLogLine } from './log-lines.ts';

const time = '2026-11-23T20:00:00.123456789+00:00';
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const text = (data: Uint8Array) => Buffer.from(data).toString('latin1');

describe('parseLogLine', () => {
  test.each([
    ['stdout F hello', { stream: 'stdout', partial: false }, 'hello'],
    ['stderr P part', { stream: 'stderr', partial: true }, 'part'],
    ['stdout F ', { stream: 'stdout', partial: false }, ''],
    ['stdout F', { stream: 'stdout', partial: false }, ''],
    ['stdout F  two spaces\r', { stream: 'stdout', partial: false }, ' two spaces\r'],
    ['stdout F \x00\xff', { stream: 'stdout', partial: false }, '\x00\xff'],
  ])('%j', (line, expected, content) => {
    const entry = parseLogLine(bytes(`${time} ${line}`));
    expect(entry).toMatchObject({ ...expected, time });
    expect(text(entry?.text ?? bytes('?'))).toBe(content);
  });

  test.each(['', 'no log', `${time} stdin F x`, `${time} stdout X x`])('%j is no record', (line) => {
    expect(parseLogLine(bytes(line))).toBeUndefined();
  });
});

test('LineSplitter finds the same lines however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 })), (chunks) => {
      const splitter = new LineSplitter();
      const lines = chunks.flatMap((chunk) => splitter.push(bytes(chunk)).map((line) => text(line.slice())));
      expect(lines).toEqual(chunks.join('').split('\n').slice(0, -1));
    }),
  );
});

describe('findTail', () => {
  const record = (tag: string, content: string) => `${time} stdout ${tag} ${content}\n`;
  const from = (log: string, count: number, chunkSize?: number) => {
    const data = bytes(log);
    const { position, skipped } = findTail(data.length, count, (at, length) => data.subarray(at, at + length), chunkSize);
    let kept = '';
    for (let at = position; at < log.length; at = log.indexOf('\n', at) + 1) {
      if (!skipped.has(at)) kept += log.slice(at, log.indexOf('\n', at) + 1);
    }
    return kept;
  };

  test('counts lines, not records', () => {
    const log = [record('F', 'one'), record('P', 'tw'), record('F', 'o'), record('F', 'three')].join('');
    expect(from(log, 1)).toBe(record('F', 'three'));
    expect(from(log, 2)).toBe(record('P', 'tw') + record('F', 'o') + record('F', 'three'));
    expect(from(log, 3)).toBe(log);
    expect(from(log, 9)).toBe(log);
    expect(from(log, 0)).toBe('');
    expect(from('', 3)).toBe('');
  });

  test('a last line without an end counts', () => {
    const log = record('F', 'one') + record('P', 'unfinished');
    expect(from(log, 1)).toBe(record('P', 'unfinished'));
  });

  test('the parts of a line may have the other stream between them', () => {
    const log = `${time} stdout P AAAA\n${time} stderr F err\n${time} stdout F BBBB\n`;
    expect(from(log, 1)).toBe(`${time} stdout P AAAA\n${time} stdout F BBBB\n`);
    expect(from(log, 2)).toBe(log);
  });

  test('agrees with reading everything, whatever the size of the chunks', () => {
    const anyRecord = fc.tuple(
      fc.constantFrom('stdout', 'stderr'),
      fc.constantFrom('F', 'P'),
      fc.string({ unit: fc.constantFrom('x', ' '), maxLength: 90 }),
    );
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 14 }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 200 }),
        (given, count, chunkSize) => {
          const all = given.map(([stream, tag, content]) => `${time} ${stream} ${tag} ${content}\n`);
          expect(from(all.join(''), count, chunkSize)).toBe(
            lastLines(given, count)
              .map((index) => all[index])
              .join(''),
          );
        },
      ),
    );
  });

  /** The records of the last lines, found from the beginning: a line is known by its last record. */
  function lastLines(records: readonly (readonly [stream: string, tag: string, content: string])[], count: number): number[] {
    const open = new Map<string, number[]>();
    const lines: number[][] = [];
    for (const [index, [stream, tag]] of records.entries()) {
      const parts = [...(open.get(stream) ?? []), index];
      if (tag === 'P') open.set(stream, parts);
      else {
        open.delete(stream);
        lines.push(parts);
      }
    }
    lines.push(...open.values());
    const byEnd = lines.toSorted((one, other) => (one.at(-1) ?? 0) - (other.at(-1) ?? 0));
    return count === 0
      ? []
      : byEnd
          .slice(-count)
          .flat()
          .toSorted((one, other) => one - other);
  }
});
