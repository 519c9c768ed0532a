import { describe, expect, test } from 'vitest';
import type { FlagTable } from './flags.ts';
import { parseFlags } from './parser.ts';

const table = {
  detach: { kind: 'bool', shorthand: 'd', help: '' },
  env: { kind: 'stringArray', shorthand: 'e', help: '' },
  'cap-add': { kind: 'strings', help: '' },
  interactive: { kind: 'bool', shorthand: 'i', help: '' },
  last: { kind: 'int', shorthand: 'n', default: -1, help: '' },
  name: { kind: 'string', help: '' },
  network: { kind: 'string', aliases: ['net'], help: '' },
  'sig-proxy': { kind: 'bool', default: true, help: '' },
  sort: { kind: 'string', choices: ['id', 'names'], help: '' },
  time: { kind: 'uint', shorthand: 't', help: '' },
} as const satisfies FlagTable;

const parse = (words: string[], interspersed = true) => parseFlags(table, words, { interspersed });
const values = (...words: string[]) => parse(words).values;

// Each case was compared with podman 4.3.1.
test.each([
  [['--name', 'x'], { name: 'x' }],
  [['--name=x=y'], { name: 'x=y' }],
  [['--name='], { name: '' }],
  [['--name', '--detach'], { name: '--detach', detach: false }],
  [['--name', 'a', '--name', 'b'], { name: 'b' }],
  [['-e', 'A=1', '-eB=2', '-e=C=3', '--env', 'D'], { env: ['A=1', 'B=2', 'C=3', 'D'] }],
  [['-e='], { env: ['='] }],
  [['-di'], { detach: true, interactive: true }],
  [['-dit5'], { detach: true, interactive: true, time: 5 }],
  [['-dit=5'], { time: 5 }],
  [['-d=false'], { detach: false }],
  [['--detach=0'], { detach: false }],
  [['--detach=T'], { detach: true }],
  [['--sig-proxy=false'], { 'sig-proxy': false }],
  [[], { 'sig-proxy': true, last: -1, env: [], time: undefined }],
  [['--cap-add', 'a,b', '--cap-add', 'c'], { 'cap-add': ['a', 'b', 'c'] }],
  [['--cap-add', '"a,b",c'], { 'cap-add': ['a,b', 'c'] }],
  [['--net', 'none'], { network: 'none' }],
  [['-n', '-1'], { last: -1 }],
  [['-t', '0x10'], { time: 16 }],
  [['-t', '010'], { time: 8 }],
  [['--sort', 'id'], { sort: 'id' }],
])('%j', (words, expected) => {
  expect(values(...words)).toMatchObject(expected);
});

test.each([
  [['--nope'], 'unknown flag: --nope'],
  [['--nam', 'x'], 'unknown flag: --nam'],
  [['--constructor'], 'unknown flag: --constructor'],
  [['-Z'], "unknown shorthand flag: 'Z' in -Z"],
  [['-diZx'], "unknown shorthand flag: 'Z' in -Zx"],
  [['-=x'], "unknown shorthand flag: '=' in -=x"],
  [['--name'], 'flag needs an argument: --name'],
  [['-de'], "flag needs an argument: 'e' in -e"],
  [['--=x'], 'bad flag syntax: --=x'],
  [['---x'], 'bad flag syntax: ---x'],
  [['-t', 'x'], 'invalid argument "x" for "-t, --time" flag: strconv.ParseUint: parsing "x": invalid syntax'],
  [['-t', '-1'], 'invalid argument "-1" for "-t, --time" flag: strconv.ParseUint: parsing "-1": invalid syntax'],
  [['--time=1.5'], 'invalid argument "1.5" for "-t, --time" flag: strconv.ParseUint: parsing "1.5": invalid syntax'],
  [
    ['-t', '18446744073709551616'],
    'invalid argument "18446744073709551616" for "-t, --time" flag: strconv.ParseUint: parsing "18446744073709551616": value out of range',
  ],
  [['--last', 'x'], 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  [['-d=x'], 'invalid argument "x" for "-d, --detach" flag: strconv.ParseBool: parsing "x": invalid syntax'],
  [
    ['--sig-proxy=false=x'],
    'invalid argument "false=x" for "--sig-proxy" flag: strconv.ParseBool: parsing "false=x": invalid syntax',
  ],
  [['--sort', 'foo'], 'invalid argument "foo" for "--sort" flag: "foo" is not a valid value.  Choose from: "id, names"'],
])('%j is refused', (words, message) => {
  expect(() => parse(words)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
});

describe('positional arguments', () => {
  test('may stand between flags', () => {
    expect(parse(['a', '-d', 'b', '--name', 'x', 'c'])).toMatchObject({
      positional: ['a', 'b', 'c'],
      values: { detach: true, name: 'x' },
    });
  });

  test('end the flags where the command says so', () => {
    expect(parse(['-d', 'image', '-i', '--nope'], false)).toMatchObject({
      positional: ['image', '-i', '--nope'],
      values: { detach: true, interactive: false },
    });
  });

  test('are everything behind --, and -', () => {
    expect(parse(['-', '--', '-d', '--', 'x'])).toMatchObject({ positional: ['-', '-d', '--', 'x'], values: { detach: false } });
  });
});

test('tells which flags were given', () => {
  expect([...parse(['--net', 'none', '--sig-proxy']).given]).toEqual(['network', 'sig-proxy']);
});

test('--help and -h ask for help, unless a flag has that letter', () => {
  expect(parse(['--help']).help).toBe(true);
  expect(parse(['-dh']).help).toBe(true);
  const withHostname = { ...table, hostname: { kind: 'string', shorthand: 'h', help: '' } } as const satisfies FlagTable;
  expect(() => parseFlags(withHostname, ['-h'])).toThrow("flag needs an argument: 'h' in -h");
});
