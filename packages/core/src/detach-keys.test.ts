import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDetachKeysMatcher, parseDetachKeys } from './detach-keys.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Feeds the chunks until the sequence is found; answers what the process gets. */
function feed(keys: string, chunks: readonly string[]): { passed: string; detached: boolean } {
  const matcher = createDetachKeysMatcher(keys);
  let passed = '';
  for (const chunk of chunks) {
    const step = matcher.push(bytes(chunk));
    passed += Buffer.from(step.pass).toString('latin1');
    if (step.detached) return { passed, detached: true };
  }
  return { passed: passed + Buffer.from(matcher.flush()).toString('latin1'), detached: false };
}

describe('parseDetachKeys', () => {
  test.each([
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-@,a,ctrl-_', [0, 97, 31]],
    ['CTRL-A', [1]],
    ['', []],
  ])('%s', (text, expected) => {
    expect([...parseDetachKeys(text)]).toEqual(expected);
  });

  test.each(['nosuch', 'ctrl-', 'ctrl-1', 'a,,b', 'é'])('refuses %s', (text) => {
    expect(() => parseDetachKeys(text)).toThrowError(expect.objectContaining({ code: 'invalid-detach-keys' }));
  });
});

describe('the matcher', () => {
  const sequence = 'ctrl-p,ctrl-q';

  test('finds the keys in one chunk, in two, and among other input', () => {
    expect(feed(sequence, ['\x10\x11'])).toEqual({ passed: '', detached: true });
    expect(feed(sequence, ['\x10', '\x11'])).toEqual({ passed: '', detached: true });
    expect(feed(sequence, ['ls\r\x10\x11rest'])).toEqual({ passed: 'ls\r', detached: true });
  });

  test('passes on what only began like them', () => {
    expect(feed(sequence, ['\x10y'])).toEqual({ passed: '\x10y', detached: false });
    expect(feed(sequence, ['\x10', '\x10', '\x11'])).toEqual({ passed: '\x10', detached: true });
    expect(feed('a,a,b', ['aaab'])).toEqual({ passed: 'a', detached: true });
    expect(feed(sequence, ['end\x10'])).toEqual({ passed: 'end\x10', detached: false });
  });

  test('an empty sequence never matches', () => {
    expect(feed('', ['\x10\x11'])).toEqual({ passed: '\x10\x11', detached: false });
  });

  test('agrees with a search in the whole text, however it is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const keys = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 5 }), keys, (chunks, wanted) => {
        const text = chunks.join('');
        const at = text.indexOf(wanted.join(''));
        expect(feed(wanted.join(','), chunks)).toEqual(
          at === -1 ? { passed: text, detached: false } : { passed: text.slice(0, at), detached: true },
        );
      }),
    );
  });
});
