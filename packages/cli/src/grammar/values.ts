import { splitCommaList } from '@tspod/core';
import type { Flag } from './flags.ts';

/** Why a text is no value for a flag, in the words of Go's strconv, which people know from podman. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

const limits = {
  uint: { lowest: 0n, highest: 2n ** 64n - 1n, parser: 'ParseUint' },
  int: { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n, parser: 'ParseInt' },
} as const;

/**
 * The value that `text` gives to a flag that had `previous`.
 * @throws {ValueError}
 */
export function parseValue(flag: Flag, text: string, previous: unknown): unknown {
  switch (flag.kind) {
    case 'bool':
      return parseBool(text);
    case 'string':
      return parseChoice(text, flag.choices);
    case 'float':
      return parseFloatingPoint(text);
    case 'uint':
    case 'int':
      return parseInteger(text, flag.kind);
    case 'stringArray':
      return [...(previous as readonly string[]), text];
    case 'strings':
      return [...(previous as readonly string[]), ...splitList(text)];
  }
}

function parseBool(text: string): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw new ValueError(`strconv.ParseBool: parsing "${text}": invalid syntax`);
}

function parseChoice(text: string, choices: readonly string[] | undefined): string {
  if (choices === undefined || choices.includes(text)) return text;
  throw new ValueError(`"${text}" is not a valid value.  Choose from: "${choices.join(', ')}"`);
}

function parseInteger(text: string, kind: 'uint' | 'int'): number {
  const { lowest, highest, parser } = limits[kind];
  const digits = kind === 'int' ? text.replace(/^[+-]/, '') : text;
  if (!/^(0|[1-9]\d*|0x[\da-f]+|0b[01]+|0o?[0-7]+)$/i.test(digits)) {
    throw new ValueError(`strconv.${parser}: parsing "${text}": invalid syntax`);
  }
  const magnitude = BigInt(digits.replace(/^0(?=[0-7])/, '0o'));
  const value = text.startsWith('-') ? -magnitude : magnitude;
  if (value < lowest || value > highest) throw new ValueError(`strconv.${parser}: parsing "${text}": value out of range`);
  return Number(value);
}

function parseFloatingPoint(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new ValueError(`strconv.ParseFloat: parsing "${text}": invalid syntax`);
}

/** A line of comma-separated values, with `"` around those that hold a comma. */
function splitList(text: string): string[] {
  const values = splitCommaList(text);
  if (values === undefined) throw new ValueError(`the quotation marks in ${text} don't pair`);
  return values;
}
