import { capabilityNames } from '../../capability-names.ts';
import type { ProcessDetails } from '../../contracts/host.ts';
import { InvalidArgumentError } from '../../errors.ts';
import { goDuration } from './go-duration.ts';

/** What `top` answers: a title and a row of texts for each process. */
export interface ProcessTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Names of users and groups, in the container and on the host. */
export interface ProcessNames {
  readonly user: (id: number) => string;
  readonly group: (id: number) => string;
  readonly hostUser: (id: number) => string;
  readonly hostGroup: (id: number) => string;
}

interface Descriptor {
  readonly title: string;
  value(process: ProcessDetails, names: ProcessNames): string;
}

/** What podman shows when nothing is asked for. */
export const usualDescriptors = ['user', 'pid', 'ppid', 'pcpu', 'etime', 'tty', 'time', 'args'];

/** What podman's `top` knows (psgo), by name. */
const descriptors: Readonly<Record<string, Descriptor>> = {
  args: {
    title: 'COMMAND',
    value: ({ argv, name }) => (argv.length > 0 ? argv.map((word) => `${word} `).join('') : `[${name}]`),
  },
  capamb: { title: 'AMBIENT CAPS', value: (process) => capabilities(process, 'ambient') },
  capbnd: { title: 'BOUNDING CAPS', value: (process) => capabilities(process, 'bounding') },
  capeff: { title: 'EFFECTIVE CAPS', value: (process) => capabilities(process, 'effective') },
  capinh: { title: 'INHERITED CAPS', value: (process) => capabilities(process, 'inheritable') },
  capprm: { title: 'PERMITTED CAPS', value: (process) => capabilities(process, 'permitted') },
  comm: { title: 'COMMAND', value: ({ name }) => name },
  etime: { title: 'ELAPSED', value: ({ elapsed }) => goDuration(elapsed) },
  group: { title: 'GROUP', value: ({ group }, names) => names.group(group.effective) },
  groups: { title: 'GROUPS', value: ({ group }, names) => allGroups(group, names.group) },
  hgroup: { title: 'HGROUP', value: ({ hostGroup }, names) => names.hostGroup(hostGroup.effective) },
  hgroups: { title: 'HGROUPS', value: ({ hostGroup }, names) => allGroups(hostGroup, names.hostGroup) },
  hpid: { title: 'HPID', value: ({ hostPid }) => String(hostPid) },
  huser: { title: 'HUSER', value: ({ hostUser }, names) => names.hostUser(hostUser.effective) },
  label: { title: 'LABEL', value: ({ label }) => label || '?' },
  nice: { title: 'NI', value: ({ nice }) => String(nice) },
  pcpu: { title: '%CPU', value: ({ cpu, elapsed }) => (elapsed > 0 ? (100 * cpu) / elapsed : 0).toFixed(3) },
  pgid: { title: 'PGID', value: ({ processGroup }) => String(processGroup) },
  pid: { title: 'PID', value: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', value: ({ parent }) => String(parent) },
  rgroup: { title: 'RGROUP', value: ({ group }, names) => names.group(group.real) },
  rss: { title: 'RSS', value: ({ residentMemory }) => kibibytes(residentMemory) },
  ruser: { title: 'RUSER', value: ({ user }, names) => names.user(user.real) },
  seccomp: { title: 'SECCOMP', value: ({ seccomp }) => seccomp },
  state: { title: 'STATE', value: ({ state }) => state },
  stime: { title: 'STIME', value: ({ elapsed }) => startTime(elapsed) },
  time: { title: 'TIME', value: ({ cpu }) => goDuration(cpu) },
  tty: { title: 'TTY', value: ({ terminal }) => terminal || '?' },
  user: { title: 'USER', value: ({ user }, names) => names.user(user.effective) },
  vsz: { title: 'VSZ', value: ({ virtualMemory }) => kibibytes(virtualMemory) },
};

/** Those that ps(1) of AIX has, by its codes. */
const codes: Readonly<Record<string, string>> = {
  ...{ '%a': 'args', '%c': 'comm', '%t': 'etime', '%G': 'group', '%n': 'nice', '%C': 'pcpu', '%r': 'pgid', '%p': 'pid' },
  ...{ '%P': 'ppid', '%g': 'rgroup', '%u': 'ruser', '%x': 'time', '%y': 'tty', '%U': 'user', '%z': 'vsz' },
};

export const descriptorNames: readonly string[] = Object.keys(descriptors);

/**
 * The descriptors that texts name, each by name or code, several with commas between; the usual ones for none.
 * @throws {InvalidArgumentError} `unknown-descriptor`
 */
export function parseDescriptors(texts: readonly string[]): Descriptor[] {
  const words = texts.flatMap((text) => text.split(',')).filter(Boolean);
  return (words.length === 0 ? usualDescriptors : words).map((word) => {
    const name = codes[word] ?? word;
    const descriptor = Object.hasOwn(descriptors, name) ? descriptors[name] : undefined;
    if (descriptor !== undefined) return descriptor;
    throw new InvalidArgumentError(`'${word}': unknown descriptor`, {
      code: 'unknown-descriptor',
      hint: `known ones are ${descriptorNames.join(', ')}`,
    });
  });
}

function capabilities(
  { capabilities: sets, lastCapability }: ProcessDetails,
  name: keyof ProcessDetails['capabilities'],
): string {
  const set = sets[name];
  if (set === 0n) return 'none';
  if (set === 2n ** BigInt(lastCapability + 1) - 1n) return 'full';
  return capabilityNames(set).toSorted().join(',');
}

function allGroups({ effective, others }: ProcessDetails['group'], nameOf: (id: number) => string): string {
  return [...new Set([effective, ...others])].map(nameOf).join(',');
}

function startTime(elapsed: number): string {
  const iso = new Date(Date.now() - elapsed / 1e6).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000 UTC`;
}

function kibibytes(bytes: number): string {
  return String(Math.round(bytes / 1024));
}
