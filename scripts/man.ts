/**
 * `npm run man`: writes `docs/man/*.1` from the same tables that the command line parses by and that `--help` shows. `npm run man:check`
 * fails when a page is not what would be written.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CommandEntry, commands, families } from '../packages/cli/src/command-tree.ts';
import { leadingFlags } from '../packages/cli/src/globals.ts';
import type { Command } from '../packages/cli/src/grammar/command.ts';
import type { Flag, FlagTable } from '../packages/cli/src/grammar/flags.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const directory = fileURLToPath(new URL('../docs/man/', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../packages/cli/package.json', import.meta.url), 'utf8'));

const pages = await everyPage();
if (values.check) checkPages();
else writePages();

async function everyPage(): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>([['tspod.1', programPage()]]);
  const first = new Map<CommandEntry, string>();
  const add = async (words: readonly string[], entry: CommandEntry) => {
    const name = ['tspod', ...words].join('-');
    const same = first.get(entry);
    if (same !== undefined) all.set(`${name}.1`, `.so man1/${same}.1\n`);
    else {
      first.set(entry, name);
      all.set(`${name}.1`, commandPage(words, entry.summary, await entry.load()));
    }
  };
  for (const [name, entry] of Object.entries(commands)) await add([name], entry);
  for (const [family, { summary, commands: members }] of Object.entries(families)) {
    all.set(`tspod-${family}.1`, familyPage(family, summary, Object.entries(members)));
    for (const [name, entry] of Object.entries(members)) await add([family, name], entry);
  }
  return all;
}

function programPage(): string {
  return page('tspod', 'containers and images without a daemon', [
    section('SYNOPSIS', `${bold('tspod')} [options] [command]`),
    section(
      'DESCRIPTION',
      'Runs containers, pods and images as podman(1) does, with its commands, flags and exit codes, in one store with podman, buildah and skopeo.',
    ),
    section('OPTIONS', optionList({ ...leadingFlags, help: { kind: 'bool', help: 'Show the help' } })),
    section('COMMANDS', commandList('tspod', Object.entries(commands))),
    section('FAMILIES OF COMMANDS', commandList('tspod', Object.entries(families))),
    section(
      'EXIT STATUS',
      '125 when tspod itself fails, 126 when the command of a container cannot be run, 127 when it is not there, otherwise that of the command.',
    ),
    section(
      'ENVIRONMENT',
      '.TP\n\\fBNO_COLOR\\fR\nNo colors, whatever the terminal can do. What a flag asks for, such as \\fB\\-\\-color\\fR of tspod\\-logs(1), is done all the same.\n.TP\n\\fBCONTAINERS_CONF\\fR, \\fBCONTAINERS_STORAGE_CONF\\fR, \\fBCONTAINERS_REGISTRIES_CONF\\fR\nFiles of configuration in place of the usual ones.',
    ),
  ]);
}

function familyPage(family: string, summary: string, members: readonly [string, { readonly summary: string }][]): string {
  return page(`tspod-${family}`, lowered(summary), [
    section('SYNOPSIS', `${bold(`tspod ${family}`)} [command]`),
    section('COMMANDS', commandList(`tspod-${family}`, members)),
    section('SEE ALSO', reference('tspod')),
  ]);
}

function commandPage(words: readonly string[], summary: string, command: Command): string {
  const options = optionList(command.flags);
  const examples = command.examples.map((line) => plain(`tspod ${line}`)).join('\n');
  return page(['tspod', ...words].join('-'), lowered(summary), [
    section('SYNOPSIS', `${bold(['tspod', ...words].join(' '))} ${plain(command.usage)}`.trim()),
    section('DESCRIPTION', command.description.map((line) => (line === '' ? '.PP' : plain(line))).join('\n')),
    ...(options === '' ? [] : [section('OPTIONS', options)]),
    ...(examples === '' ? [] : [section('EXAMPLES', `.nf\n${examples}\n.fi`)]),
    section('SEE ALSO', [reference('tspod'), ...(words.length > 1 ? [reference(`tspod-${words[0]}`)] : [])].join(', ')),
  ]);
}

function page(name: string, summary: string, sections: readonly string[]): string {
  const title = `.TH ${name.toUpperCase()} 1 "" "tspod ${version}" "tspod"`;
  return `${[title, section('NAME', `${plain(name)} \\- ${plain(summary)}`), ...sections].join('\n')}\n`;
}

function section(title: string, body: string): string {
  return `.SH ${title.includes(' ') ? `"${title}"` : title}\n${body}`;
}

function optionList(flags: FlagTable): string {
  return Object.entries(flags)
    .filter(([, { hidden = false }]) => !hidden)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, flag]) => `.TP\n${spelling(name, flag)}\n${plain(flag.help)}${defaultText(flag)}`)
    .join('\n');
}

function spelling(name: string, flag: Flag): string {
  const long = bold(`--${name}`);
  const short = flag.shorthand === undefined ? '' : `${bold(`-${flag.shorthand}`)}, `;
  const value = flag.metavar ?? (flag.kind === 'bool' ? '' : flag.kind);
  const bare = flag.kind === 'string' && flag.bare !== undefined;
  return `${short}${long}${value === '' ? '' : `${bare ? '[=' : ' '}\\fI${plain(value)}\\fR${bare ? ']' : ''}`}`;
}

function defaultText(flag: Flag): string {
  return 'default' in flag && flag.default ? `\n.br\nDefault: ${plain(String(flag.default))}` : '';
}

function commandList(prefix: string, members: readonly (readonly [string, { readonly summary: string }])[]): string {
  return members.map(([name, { summary }]) => `.TP\n${reference(`${prefix}-${name}`)}\n${plain(summary)}`).join('\n');
}

function reference(name: string): string {
  return `${bold(name)}(1)`;
}

function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Text that roff shows as it is. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1');
}

function writePages(): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of pages) writeFileSync(join(directory, file), text);
  console.log(`${pages.size} pages in docs/man`);
}

function checkPages(): void {
  const there = new Set(readdirSync(directory));
  const wrong = [...pages].filter(([file, text]) => !there.has(file) || readFileSync(join(directory, file), 'utf8') !== text);
  const names = [...wrong.map(([file]) => file), ...[...there].filter((file) => !pages.has(file))];
  if (names.length === 0) return;
  console.error(`these man pages are not what the commands say: ${names.join(', ')}\nrun "npm run man"`);
  process.exitCode = 1;
}
