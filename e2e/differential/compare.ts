import type { CommandResult } from '../support/store.ts';
import { type Aspect, aspects, type Scenario } from './scenario.ts';

/** How an aspect of the answers differs, as text for people. */
export type Differences = Partial<Record<Aspect, { readonly tspod: string; readonly podman: string }>>;

/** In which aspects the answers of the two engines are not alike. */
export function compare(scenario: Scenario, tspod: CommandResult, podman: CommandResult): Differences {
  const differences: Differences = {};
  for (const aspect of aspects) {
    const [mine, theirs] = [seen(scenario, aspect, tspod), seen(scenario, aspect, podman)];
    const alike = aspect === 'stderr' ? holdsAll(mine, theirs) : mine === theirs;
    if (!alike) differences[aspect] = { tspod: mine, podman: theirs };
  }
  return differences;
}

function seen(scenario: Scenario, aspect: Aspect, { exitCode, stdout, stderr }: CommandResult): string {
  if (aspect === 'exit') return String(exitCode);
  if (aspect === 'stderr') return normal(stderr).split('\n').filter(isMessage).sort().join('\n');
  const { json, keys, shape, own, unordered } = scenario;
  if (json.length + keys.length > 0) return documentParts(stdout, json, keys);
  const text = normal(stdout);
  if (own) return text.trim() === '' ? 'nothing' : 'something';
  if (shape) return shapeOf(text);
  return unordered ? text.split('\n').sort().join('\n') : text;
}

/** Below an error tspod may say what to do next; what podman says has to be there, and nothing may be added when podman is silent. */
function holdsAll(mine: string, theirs: string): boolean {
  const [own, other] = [mine.split('\n'), theirs.split('\n')];
  if (!theirs.includes('Error: ')) return mine === theirs;
  return other.every((line) => own.includes(line)) && own.filter((line) => line.startsWith('Error: ')).length === 1;
}

/** podman's log lines are no message to the user of a command; that a process had to be killed is one of them there, and depends on its haste. */
function isMessage(line: string): boolean {
  return line !== '' && !line.startsWith('time="') && !line.startsWith('Warning: StopSignal ');
}

/** Without what differs from one run to the next: ids, times, process ids, places, and the engine's own name. */
function normal(text: string): string {
  return text
    .replace(/\/var\/tmp\/tspod-e2e-\w+/g, '<STORE>')
    .replace(/\/tspod-e2e-\w+/g, '<CGROUP>')
    .replace(/\b[Tt]spod\b/g, 'podman')
    .replace(/\b(crun|runc): /g, '')
    .replace(/\/root\/(podman\/)?(volumes|secrets)(?=\/| |$)/g, '/$2')
    .replace(/\b[0-9a-f]{64}\b/g, '<ID>')
    .replace(/\b[0-9a-f]{25}\b/g, '<SECRET>')
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f]?)[0-9a-f]{12}\b/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<TIME>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]+( m=[+-][\d.]+)?/g, '<TIME>')
    .replace(/(\d+|About a|About an|Less than a) (second|minute|hour|day|week|month|year)s?( ago)?/g, '<AGO>')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '');
}

/** Titles and the number of cells of each line. */
function shapeOf(text: string): string {
  const [titles = '', ...rows] = text.replace(/\n$/, '').split('\n');
  return [titles, ...rows.map((row) => `${row.split(/ {2,}|\t/).length} cells`)].join('\n');
}

function documentParts(stdout: string, paths: readonly string[], objects: readonly string[]): string {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    return `no JSON: ${normal(stdout).slice(0, 500)}`;
  }
  const values = paths.map((path) => `${path}: ${normal(JSON.stringify(sortKeys(at(document, path))) ?? 'undefined')}`);
  const names = objects.map(
    (path) =>
      `${path} has ${Object.keys((at(document, path) ?? {}) as object)
        .sort()
        .join(' ')}`,
  );
  return [...values, ...names].join('\n');
}

function at(document: unknown, path: string): unknown {
  if (path === '.') return document;
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined | null)?.[key], document);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, sortKeys(member)] as const);
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)));
}
