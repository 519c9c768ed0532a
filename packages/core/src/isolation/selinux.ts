import type { ChosenNamespace, NamespaceMode } from '../container/config.ts';
import type { SelinuxContexts } from '../contracts/host.ts';
import { InvalidArgumentError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import { joinedContainer } from '../spec/namespaces.ts';

/** Labels of a container: of its process, and of what it has mounted. Empty: none, and the policy's default applies. */
export interface SelinuxLabels {
  readonly processLabel: string;
  readonly mountLabel: string;
}

/** A label's parts, `USER:ROLE:TYPE:LEVEL`; the level may have colons of its own. */
interface Label {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  /** Empty: the policy has none. */
  readonly level: string;
}

const parts: readonly string[] = ['user', 'role', 'type', 'level', 'filetype'];
/** Categories of a multi-category policy: c0 to c1023. */
const categories = 1024;

/**
 * The options of `label=` that the container's other options come to: a privileged container is not separated, nor is one that shares
 * processes or shared memory with the host; one that shares them with another container has the labels of that one.
 */
export function labelOptions(
  asked: readonly string[],
  privileged: boolean,
  namespaces: Readonly<Partial<Record<ChosenNamespace, NamespaceMode>>> | undefined,
  labelOf: (containerId: string) => string,
): readonly string[] {
  if (privileged) return ['disable'];
  const shared = [namespaces?.pid, namespaces?.ipc].flatMap((mode) => {
    if (mode === 'host') return ['disable'];
    const joined = joinedContainer(mode);
    const label = joined === undefined ? '' : labelOf(joined);
    return label === '' ? [] : optionsOf(parse(label));
  });
  return [...asked, ...shared];
}

function optionsOf({ user, role, type, level }: Label): string[] {
  return [`user:${user}`, `role:${role}`, `type:${type}`, ...(level === '' ? [] : [`level:${level}`])];
}

/**
 * Chooses the labels of a new container: those of the policy with two categories that no container has, changed as the options say.
 * @param taken labels of other processes
 * @throws {InvalidArgumentError} `invalid-label`
 */
export function chooseLabels(
  contexts: SelinuxContexts,
  options: readonly string[],
  taken: ReadonlySet<string>,
  { isSystemd = false }: { readonly isSystemd?: boolean } = {},
): SelinuxLabels {
  const file = parse(contexts.file);
  if (options.includes('disable')) return { processLabel: '', mountLabel: format(withLevel(file, privilegedLevel)) };
  const type = isSystemd && contexts.initProcess !== undefined ? parse(contexts.initProcess).type : undefined;
  let process = parse(contexts.process);
  if (type !== undefined) process = { ...process, type };
  const level = process.level === '' ? '' : freeLevel(process, taken);
  process = { ...process, level };
  let mount = withLevel(file, level);
  for (const option of options) {
    const [part, value] = parseOption(option);
    if (part === 'filetype') mount = { ...mount, type: value };
    else process = { ...process, [part]: value };
    if (part === 'level' || part === 'user') mount = { ...mount, [part]: value };
  }
  return { processLabel: format(process), mountLabel: format(mount) };
}

/** What files have that every container may use: no categories. */
export function sharedLabel(label: string): string {
  return format(withLevel(parse(label), 's0'));
}

/** What belongs to containers that are not separated may be used by none of the others. */
const privilegedLevel = `s0:c${categories - 2},c${categories - 1}`;

function withLevel(label: Label, level: string): Label {
  return label.level === '' ? label : { ...label, level };
}

function freeLevel(process: Label, taken: ReadonlySet<string>): string {
  for (;;) {
    const [one, other] = [category(), category()];
    if (one === other) continue;
    const level = `s0:c${Math.min(one, other)},c${Math.max(one, other)}`;
    if (level !== privilegedLevel && !taken.has(format({ ...process, level }))) return level;
  }
}

function category(): number {
  return randomBytes(2).readUInt16LE() % categories;
}

function parseOption(option: string): readonly [part: string, value: string] {
  const [part = '', value] = option.split(/:(.*)/s);
  const message = `Bad label option "${option}", valid options 'disable' or`;
  if (value === undefined) {
    throw invalid(`${message} \n'user, role, level, type, filetype' followed by ':' and a value`);
  }
  if (!parts.includes(part))
    throw invalid(`Bad label option "${part}", valid options 'disable, user, role, level, type, filetype'`);
  return [part, value];
}

function parse(text: string): Label {
  const [user = '', role = '', type = '', level = ''] = text.split(/^([^:]*):([^:]*):([^:]*):?(.*)$/s).slice(1, 5);
  if (type === '') throw invalid(`"${text}" is no SELinux label`);
  return { user, role, type, level };
}

function format({ user, role, type, level }: Label): string {
  return [user, role, type, ...(level === '' ? [] : [level])].join(':');
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'invalid-label',
    hint: 'a label option is disable, user:U, role:R, type:T, level:L or filetype:T',
  });
}
