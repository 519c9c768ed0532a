import { type CommandEntry, type CommandFamily, type CommandGroup, commands, families } from './command-tree.ts';
import { leadingFlags } from './globals.ts';
import { nameList, optionList } from './grammar/help.ts';

const titles: Readonly<Record<CommandGroup, string>> = {
  containers: 'Containers',
  pods: 'Pods and Kubernetes',
  images: 'Images',
  volumes: 'Volumes and secrets',
  networks: 'Networks',
  system: 'System',
};

export function generalHelp(): string {
  return `${[
    'Containers and images without a daemon',
    'Usage:\n  tspod [options] COMMAND\n  tspod COMMAND --help',
    ...(Object.keys(titles) as CommandGroup[]).map((group) => `${titles[group]}:\n${nameList(membersOf(group))}`),
    `Options:\n${optionList({ ...leadingFlags, help: { kind: 'bool', help: 'Show this help' } })}`,
  ].join('\n\n')}\n`;
}

/** Single commands and, with dots, families of commands, by name; another name of a command stands beside the first. */
function membersOf(group: CommandGroup) {
  const names = new Map<CommandEntry | CommandFamily, string[]>();
  for (const [name, entry] of Object.entries(commands)) {
    if (entry.group === group) names.set(entry, [...(names.get(entry) ?? []), name]);
  }
  for (const [name, family] of Object.entries(families)) if (family.group === group) names.set(family, [`${name} ...`]);
  return [...names]
    .map(([{ summary }, all]) => ({ name: all.sort((one, other) => other.length - one.length).join(', '), summary }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** `path` is the family's name with the program. */
export function familyHelp(path: string): string {
  const family = families[path.split(' ')[1] ?? ''] as CommandFamily;
  const entries = Object.entries(family.commands).map(([command, { summary }]) => ({ name: command, summary }));
  const usage = `Usage:\n  ${path} [command]`;
  return `${[family.summary, usage, `Available Commands:\n${nameList(entries)}`].join('\n\n')}\n`;
}
