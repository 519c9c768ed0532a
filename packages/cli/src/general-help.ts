import { type CommandFamily, type CommandGroup, commands, families } from './command-tree.ts';
import { leadingFlags } from './globals.ts';
import { nameList, optionList } from './grammar/help.ts';

export function generalHelp(): string {
  const section = (title: string, group: CommandGroup) => {
    const entries = Object.entries(commands).filter(([, entry]) => entry.group === group);
    return `${title}:\n${nameList(entries.map(([name, { summary }]) => ({ name, summary })))}`;
  };
  const more = [
    ...Object.entries(families).map(([name, { summary }]) => ({ name, summary })),
    { name: 'help', summary: 'Show the help of a command' },
  ];
  return `${[
    'Containers and images without a daemon',
    'Usage:\n  tspod [options] [command]',
    section('Containers', 'containers'),
    section('Images', 'images'),
    section('System', 'system'),
    `More commands:\n${nameList(more)}`,
    `Options:\n${optionList({ ...leadingFlags, help: { kind: 'bool', help: 'Show this help' } })}`,
  ].join('\n\n')}\n`;
}

/** `path` is the family's name with the program. */
export function familyHelp(path: string): string {
  const family = families[path.split(' ')[1] ?? ''] as CommandFamily;
  const entries = Object.entries(family.commands).map(([command, { summary }]) => ({ name: command, summary }));
  const usage = `Usage:\n  ${path} [command]`;
  return `${[family.summary, usage, `Available Commands:\n${nameList(entries)}`].join('\n\n')}\n`;
}
