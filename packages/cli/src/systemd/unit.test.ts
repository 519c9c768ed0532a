import { expect, it } from 'vitest';
import { quote } from './unit.ts';

it.each([
  ['plain', 'plain'],
  ['', '""'],
  ['two words', '"two words"'],
  ['["sh","-c"]', '"[\\"sh\\",\\"-c\\"]"'],
  ['100%', '100%%'],
  ['$HOME', '$$HOME'],
  ['a;b', '"a;b"'],
])('writes %j so that systemd reads it', (word, written) => {
  expect(quote(word)).toBe(written);
});
