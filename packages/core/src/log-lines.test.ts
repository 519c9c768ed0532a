import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter, parseLogLine, tailPosition } from './log-lines.ts';

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

describe('tailPosition', () => {
  const record = (tag: string, content: string) => `${time} stdout ${tag} ${content}\n`;
  const from = (log: string, count: number, chunkSize?: number) => {
    const data = bytes(log);
    const position = tailPosition(data.length, count, (at, length) => data.subarray(at, at + length), chunkSize);
    return log.slice(position);
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

  test('agrees with reading everything, whatever the size of the chunks', () => {
    const records = fc.array(fc.tuple(fc.constantFrom('F', 'P'), fc.string({ unit: fc.constantFrom('x', ' '), maxLength: 90 })), { maxLength: 12 });
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 200 }), (given, count, chunkSize) => {
        const all = given.map(([tag, content]) => record(tag, content));
        const groups: string[] = [];
        let open = '';
        for (const [index, [tag]] of given.entries()) {
          open += all[index];
          if (tag === 'F') {
            groups.push(open);
            open = '';
          }
        }
        if (open !== '') groups.push(open);
        expect(from(all.join(''), count, chunkSize)).toBe(count === 0 ? '' : groups.slice(-count).join(''));
      }),
    );
  });
});
