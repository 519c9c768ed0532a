import type { Flag, FlagTable } from '../grammar/flags.ts';

/** One flag of a command line as it was written, with its value behind it where that is a word of its own. */
export interface WrittenFlag {
  readonly name: string;
  readonly words: readonly string[];
}

/**
 * Takes a command line apart into its flags and what comes from the first positional argument on, where flags may not follow. Several
 * one-letter flags in one word become words of their own.
 */
export function splitFlags(
  words: readonly string[],
  table: FlagTable,
): { flags: readonly WrittenFlag[]; rest: readonly string[] } {
  const flags: WrittenFlag[] = [];
  let at = 0;
  const followingWord = (flag: Flag | undefined, inline: boolean): string[] => {
    if (inline || flag === undefined || flag.kind === 'bool' || ('bare' in flag && flag.bare !== undefined)) return [];
    at += 1;
    return [words[at] ?? ''];
  };
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { flags, rest: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') break;
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const written = word.slice(2, equals === -1 ? undefined : equals);
      const [name, flag] = byLongName(table, written);
      flags.push({ name, words: [word, ...followingWord(flag, equals !== -1)] });
      continue;
    }
    for (let letter = 1; letter < word.length; letter += 1) {
      const [name, flag] = byLetter(table, word.charAt(letter));
      const remainder = word.slice(letter + 1);
      if (flag?.kind === 'bool' && !remainder.startsWith('=')) {
        flags.push({ name, words: [`-${word.charAt(letter)}`] });
        continue;
      }
      const isInline = remainder !== '';
      flags.push({ name, words: [`-${word.slice(letter)}`, ...followingWord(flag, isInline)] });
      break;
    }
  }
  return { flags, rest: words.slice(at) };
}

function byLongName(table: FlagTable, written: string): readonly [string, Flag | undefined] {
  const found = Object.entries(table).find(([name, { aliases }]) => name === written || aliases?.includes(written));
  return found ?? [written, undefined];
}

function byLetter(table: FlagTable, letter: string): readonly [string, Flag | undefined] {
  return Object.entries(table).find(([, { shorthand }]) => shorthand === letter) ?? [letter, undefined];
}
