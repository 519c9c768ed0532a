import type { Command } from './command.ts';
import type { Flag, FlagTable } from './flags.ts';

/** The help of one command, in podman's layout. `path` is the command with its program, e.g. `tspod run`. */
export function commandHelp(path: string, summary: string, command: Command): string {
  const sections = [
    summary,
    `Description:\n${indent(command.description)}`,
    `Usage:\n  ${[path, command.usage].filter((part) => part !== '').join(' ')}`,
  ];
  const program = path.split(' ')[0];
  if (command.examples.length > 0) sections.push(`Examples:\n${indent(command.examples.map((line) => `${program} ${line}`))}`);
  const options = optionList(command.flags);
  if (options !== '') sections.push(`Options:\n${options}`);
  return `${sections.join('\n\n')}\n`;
}

/** One line per flag, the texts in one column. */
export function optionList(flags: FlagTable): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, flag]) => ({ left: spelling(name, flag), right: `${flag.help}${defaultText(flag)}` }));
  const width = Math.max(0, ...rows.map(({ left }) => left.length)) + 3;
  return rows.map(({ left, right }) => left.padEnd(width) + right.replaceAll('\n', `\n${' '.repeat(width)}`)).join('\n');
}

function spelling(name: string, flag: Flag): string {
  const shorthand = flag.shorthand === undefined ? '      ' : `  -${flag.shorthand}, `;
  const value = flag.metavar ?? (flag.kind === 'bool' ? undefined : flag.kind);
  const bare = flag.kind === 'string' && flag.bare !== undefined ? `[="${flag.bare}"]` : '';
  return `${shorthand}--${name}${value === undefined ? '' : ` ${value}${bare}`}`;
}

function defaultText(flag: Flag): string {
  if (!('default' in flag) || !flag.default || (flag.kind === 'bool' && flag.default === 'configured')) return '';
  return ` (default ${typeof flag.default === 'string' ? JSON.stringify(flag.default) : flag.default})`;
}

/** Two columns of names and what they are. */
export function nameList(entries: readonly { readonly name: string; readonly summary: string }[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length)) + 2;
  return entries.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n');
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}
