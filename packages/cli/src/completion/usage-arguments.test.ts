import { expect, test } from 'vitest';
import { argumentAt } from './usage-arguments.ts';

test.each<[usage: string, position: number, kinds: readonly string[]]>([
  ['[options] CONTAINER [CONTAINER...]', 0, ['CONTAINER']],
  ['[options] CONTAINER [CONTAINER...]', 5, ['CONTAINER']],
  ['[options] IMAGE [COMMAND [ARG...]]', 0, ['IMAGE']],
  ['[options] IMAGE [COMMAND [ARG...]]', 4, ['ARG']],
  ['[options] LIST [IMAGE...]', 0, ['LIST']],
  ['[options] LIST [IMAGE...]', 2, ['IMAGE']],
  ['[options] {CONTAINER|IMAGE|POD} [...]', 3, ['CONTAINER', 'IMAGE', 'POD']],
  ['[options] [CONTAINER:]SRC_PATH [CONTAINER:]DEST_PATH', 1, ['CONTAINER:', 'FILE']],
  ['[options] NAME FILE|-', 1, ['FILE', '-']],
  ['[options] POD', 1, []],
  ['', 0, []],
])('what stands in "%s" at %i', (usage, position, kinds) => {
  expect(argumentAt(usage, position)).toEqual(kinds);
});
