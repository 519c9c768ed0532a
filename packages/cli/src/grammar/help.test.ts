import { describe, expect, test } from 'vitest';
import { type CommandEntry, commands, families } from '../command-tree.ts';
import { familyHelp, generalHelp } from '../general-help.ts';
import { globalFlags, leadingFlags } from '../globals.ts';
import type { Flag } from './flags.ts';
import { commandHelp } from './help.ts';

const everyCommand: [string, CommandEntry][] = [
  ...Object.entries(commands),
  ...Object.entries(families).flatMap(([family, { commands: members }]) =>
    Object.entries(members).map(([name, entry]): [string, CommandEntry] => [`${family} ${name}`, entry]),
  ),
];

describe.each(everyCommand)('%s', (name, entry) => {
  test('help names every flag, its value and what it is for', async () => {
    const command = await entry.load();
    const help = commandHelp(`tspod ${name}`, entry.summary, command);
    expect(help.startsWith(`${entry.summary}\n\nDescription:\n  `)).toBe(true);
    expect(help).toContain(`\nUsage:\n  tspod ${name}${command.usage === '' ? '' : ' '}${command.usage}\n`);
    for (const [flagName, flag] of Object.entries(command.flags)) {
      const options = help.slice(help.indexOf('\nOptions:\n')).split('\n');
      const line = options.find((one) => one.includes(`--${flagName} `));
      expect(line !== undefined, flagName).toBe(!flag.hidden);
      if (line === undefined) continue;
      expect(line).toContain(flag.help);
      if (flag.shorthand !== undefined) expect(line).toContain(`-${flag.shorthand}, --${flagName}`);
    }
  });

  test('no two flags share a letter, and none hides a global one', async () => {
    const { flags } = await entry.load();
    const letters = Object.values(flags).flatMap(({ shorthand }) => (shorthand === undefined ? [] : [shorthand]));
    expect(letters).toEqual([...new Set(letters)]);
    for (const flagName of Object.keys(flags)) expect(Object.hasOwn(globalFlags, flagName), flagName).toBe(false);
  });
});

test('options stand in one column, in the order of the alphabet, with their defaults', () => {
  const help = commandHelp('tspod x', 'summary', {
    description: ['text'],
    usage: '[options]',
    examples: ['x -n 3'],
    flags: {
      last: { kind: 'int', shorthand: 'n', default: -1, help: 'number' },
      all: { kind: 'bool', help: 'everything' },
      signal: { kind: 'string', default: 'KILL', help: 'which' },
    },
    positional: { minimum: 0, maximum: 0 },
    run: async () => 0,
  });
  expect(help).toBe(`summary

Description:
  text

Usage:
  tspod x [options]

Examples:
  tspod x -n 3

Options:
      --all             everything
  -n, --last int        number (default -1)
      --signal string   which (default "KILL")
`);
});

test('the general help names every command, family and global flag', () => {
  const help = generalHelp();
  for (const name of [...Object.keys(commands), ...Object.keys(families)])
    expect(help).toMatch(new RegExp(`^  (\\w+, )?${name}[, ]`, 'm'));
  for (const [name, flag] of Object.entries<Flag>(leadingFlags)) if (!flag.hidden) expect(help).toContain(`--${name} `);
  for (const [name, { commands: members }] of Object.entries(families)) {
    for (const member of Object.keys(members)) expect(familyHelp(`tspod ${name}`)).toMatch(new RegExp(`^  ${member} `, 'm'));
  }
});
