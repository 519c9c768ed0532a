import {
  type ContainerSummary,
  displayStatus,
  type ExternalContainer,
  humanDuration,
  InvalidArgumentError,
  parseFilters,
  shortId,
} from '@tspod/core';
import type { Runtime } from 'tspod';
import { isMissing } from '../containers.ts';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { compactSize, goTime, truncate, unixSeconds } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import type { FlagValues } from '../grammar/flags.ts';
import { noArguments } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { type Namespaces, namespaceKinds, namespacesOf } from '../namespaces-of.ts';
import type { Output } from '../output.ts';
import { repeatedly } from '../repeatedly.ts';

const sortings = ['command', 'created', 'id', 'image', 'names', 'runningfor', 'size', 'status'] as const;

/** Characters of the command that are shown. */
const commandLength = 17;

const flags = {
  all: { kind: 'bool', shorthand: 'a', help: 'Those that do not run, too' },
  external: { kind: 'bool', help: 'Those of other programs in the storage, such as buildah, too', aliases: ['storage'] },
  filter: { kind: 'strings', shorthand: 'f', metavar: 'KEY=VALUE', help: 'Only containers that fit' },
  format: { kind: 'string', help: 'json or a Go template, in place of a table' },
  last: { kind: 'int', shorthand: 'n', default: -1, help: 'Only so many, the newest, in whatever state' },
  latest: { kind: 'bool', shorthand: 'l', help: 'Only the newest, in whatever state' },
  'no-trunc': { kind: 'bool', help: 'Whole ids and commands' },
  noheading: { kind: 'bool', help: 'No line of titles' },
  ns: { kind: 'bool', help: 'Show the namespaces that they are in', aliases: ['namespace'] },
  pod: { kind: 'bool', shorthand: 'p', help: 'With the pods that they belong to' },
  quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
  size: { kind: 'bool', shorthand: 's', help: 'Measure what they take' },
  sort: { kind: 'string', choices: sortings, default: 'created', help: `Order: ${sortings.join(', ')}` },
  sync: { kind: 'bool', help: 'Nothing more: states are always those of this moment' },
  watch: { kind: 'uint', shorthand: 'w', metavar: 'SECONDS', help: 'Show the list again and again, every so many seconds' },
} as const;

export const command = defineCommand({
  description: ['Lists the containers that run, or all of them.'],
  usage: '[options]',
  examples: ['ps -a', 'ps --format json', 'ps --format "table {{.ID}} {{.Status}}"', 'ps --last 3', 'ps --size --watch 2'],
  flags,
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    checkTogether(flags);
    const show = async () => print(flags, output, await runtime());
    if (flags.watch === undefined || flags.watch === 0) await show();
    else await repeatedly(flags.watch * 1000, output, show);
    return 0;
  },
});

type Flags = FlagValues<typeof flags>;

function checkTogether({ latest, last, quiet, size, ns, format, watch = 0 }: Flags): void {
  if (latest && last >= 0) throw new InvalidArgumentError('last and latest are mutually exclusive', { code: 'invalid-option' });
  if (quiet && (size || ns)) throw new UsageError('quiet conflicts with size and namespace');
  if (size && ns && format === undefined) throw new UsageError('size and namespace options conflict');
  if (watch > 0 && latest) throw new UsageError('the watch and latest flags cannot be used together');
}

async function print(flags: Flags, output: Output, runtime: Runtime): Promise<void> {
  const now = Date.now();
  const truncated = !flags['no-trunc'];
  const pods = flags.pod ? await podNames(runtime) : new Map<string, string>();
  const podName = ({ pod = '' }: ContainerSummary) => pods.get(pod) ?? '';
  const format = await readFormat(flags.format, report({ now, truncated, podName }), { heading: !flags.noheading });
  const containers = sorted(await rows(flags, runtime), flags.sort);
  if (format === 'json') {
    output.json(
      containers.map((one) => ({ ...describeContainer(one, now), PodName: podName(one) })),
      2,
    );
  } else if (format !== undefined) output.text(format(containers));
  else if (flags.quiet) for (const { id } of containers) output.line(truncated ? shortId(id) : id);
  else if (flags.ns) output.table(namespaceColumns(truncated), containers, { heading: !flags.noheading, whole: !truncated });
  else {
    const shown = [
      ...columns({ now, truncated }),
      ...(flags.pod ? podColumns(podName, truncated) : []),
      ...(flags.size ? [{ title: 'SIZE', cell: sizeOf }] : []),
    ];
    output.table(shown, containers, { heading: !flags.noheading, whole: !truncated });
  }
}

/** A container with what else was asked for. */
interface PsRow extends ContainerSummary {
  readonly sizes?: { readonly own: number; readonly base: number | undefined };
  readonly namespaces?: Namespaces;
  /** Another program's. */
  readonly owner?: 'buildah' | 'storage';
}

async function rows(flags: Flags, runtime: Runtime): Promise<PsRow[]> {
  const last = flags.latest ? 1 : Math.max(flags.last, 0);
  const filters = parseFilters(flags.filter, (text) => `invalid filter "${text}"`);
  const listed = await runtime.listContainers({ all: flags.all || last > 0, filters });
  const chosen: PsRow[] = last > 0 ? listed.slice(-last) : [...listed];
  const sized = flags.size ? await Promise.all(chosen.map((row) => withSizes(row, runtime))) : chosen;
  const found = flags.ns ? sized.map((row) => ({ ...row, namespaces: namespacesOf(row.pid) })) : sized;
  if (!flags.external || last > 0) return found;
  const external = (await runtime.listExternalContainers()).map(externalRow);
  return [...found, ...external].sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** One that is gone meanwhile has no size. */
async function withSizes(row: PsRow, runtime: Runtime): Promise<PsRow> {
  try {
    return { ...row, sizes: await (await runtime.container(row.id)).size() };
  } catch (error) {
    if (isMissing(error)) return row;
    throw error;
  }
}

function externalRow({ id, names, owner, imageId, imageName, createdAt }: ExternalContainer): PsRow {
  return {
    ...{ id, name: names.join(','), rootfs: { kind: 'image', imageId, imageName }, command: [owner], createdAt, owner },
    ...{
      state: { status: 'configured' },
      labels: {},
      pid: 0,
      network: 'none',
      networks: [],
      ports: [],
      mounts: [],
      autoRemove: false,
    },
    ...{ pod: undefined, isInfra: false, restarts: 0, mountPoint: undefined },
  };
}

function columns({ now, truncated }: { readonly now: number; readonly truncated: boolean }): Column<PsRow>[] {
  return [
    { title: 'CONTAINER ID', cell: ({ id }) => (truncated ? shortId(id) : id) },
    { title: 'IMAGE', cell: imageOf },
    { title: 'COMMAND', cell: ({ command }) => (truncated ? truncate(command.join(' '), commandLength) : command.join(' ')) },
    { title: 'CREATED', cell: ({ createdAt }) => ago(createdAt, now) },
    { title: 'STATUS', cell: (container) => shownStatus(container, now) },
    { title: 'PORTS', cell: ({ ports }) => describePorts(ports) },
    { title: 'NAMES', cell: ({ name }) => name },
  ];
}

/** In the order that `--sort` names; those that are alike stay as they were made. */
function sorted(containers: readonly PsRow[], sorting: string): readonly PsRow[] {
  const key = sortKeys[sorting];
  if (key === undefined) return containers;
  return [...containers].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}

/** `created`: as they are listed. */
const sortKeys: Readonly<Record<string, (container: PsRow) => string | number>> = {
  command: ({ command }) => command.join(' '),
  id: ({ id }) => id,
  image: imageOf,
  names: ({ name }) => name,
  runningfor: ({ state }) => unixSeconds('startedAt' in state ? state.startedAt : undefined),
  size: ({ sizes }) => sizes?.own ?? 0,
  status: ({ state }) => displayStatus(state),
};

/** Empty: it is in no pod, or pods were not asked for. */
type PodName = (container: ContainerSummary) => string;

async function podNames(runtime: Runtime): Promise<ReadonlyMap<string, string>> {
  return new Map((await runtime.listPods()).map(({ id, name }) => [id, name]));
}

function podColumns(podName: PodName, truncated: boolean): Column<ContainerSummary>[] {
  return [
    { title: 'POD ID', cell: ({ pod = '' }) => (truncated ? shortId(pod) : pod) },
    { title: 'PODNAME', cell: podName },
  ];
}

/** What podman's templates know of a container. */
function report({
  now,
  truncated,
  podName,
}: {
  readonly now: number;
  readonly truncated: boolean;
  readonly podName: PodName;
}): Report<PsRow> {
  return {
    name: 'ps',
    type: 'containers.psReporter',
    fields: {
      AutoRemove: ({ autoRemove }) => autoRemove,
      Command: ({ command }) => (truncated ? truncate(command.join(' '), commandLength) : command.join(' ')),
      Created: ({ createdAt }) => goTime(createdAt),
      CreatedAt: ({ createdAt }) => goTime(createdAt),
      CreatedHuman: ['CREATED', ({ createdAt }) => ago(createdAt, now)],
      ExitCode: ({ state }) => ('exitCode' in state ? state.exitCode : 0),
      Exited: ({ state }) => 'exitCode' in state,
      ExitedAt: ({ state }) => unixSeconds('exitCode' in state ? state.finishedAt : undefined),
      ID: ['CONTAINER ID', ({ id }) => (truncated ? shortId(id) : id)],
      Image: imageOf,
      ImageID: ({ rootfs }) => (rootfs.kind === 'image' ? (truncated ? shortId(rootfs.imageId) : rootfs.imageId) : ''),
      IsInfra: ({ isInfra }) => isInfra,
      Labels: ({ labels }) => labels,
      Mounts: ({ mounts }) => mounts,
      Names: ({ name }) => name,
      ...Object.fromEntries(namespaceKinds.map((kind) => [kind, ({ namespaces }: PsRow) => namespaces?.[kind] ?? ''])),
      Namespaces: ({ namespaces }) => namespaces ?? noNamespaces,
      Networks: ({ networks }) => networks.join(','),
      Pid: ({ pid }) => pid,
      Pod: ['POD ID', ({ pod = '' }) => (truncated ? shortId(pod) : pod)],
      PodName: podName,
      Ports: ({ ports }) => describePorts(ports),
      RunningFor: ({ createdAt }) => ago(createdAt, now),
      Size: sizeOf,
      StartedAt: ({ state }) => unixSeconds('startedAt' in state ? state.startedAt : undefined),
      State: (container) => shownStatus(container, now),
      Status: (container) => shownStatus(container, now),
    },
  };
}

/** podman's document of one container, with its fields and their order. */
export function describeContainer(container: PsRow, now: number) {
  const { state, sizes, owner } = container;
  const ended = 'exitCode' in state ? state : undefined;
  return {
    AutoRemove: container.autoRemove,
    Command: container.command.length > 0 ? container.command : null,
    CreatedAt: ago(container.createdAt, now),
    Exited: ended !== undefined,
    ExitedAt: unixSeconds(ended?.finishedAt),
    ExitCode: ended?.exitCode ?? 0,
    Id: container.id,
    Image: imageOf(container),
    ImageID: container.rootfs.kind === 'image' ? container.rootfs.imageId : '',
    IsInfra: container.isInfra,
    Labels: Object.keys(container.labels).length > 0 ? container.labels : null,
    Mounts: container.mounts,
    Names: [container.name],
    Namespaces: container.namespaces ?? {},
    Networks: container.networks,
    Pid: container.pid,
    Pod: container.pod ?? '',
    PodName: '',
    Ports: container.ports.length > 0 ? container.ports.map(describePort) : null,
    Size:
      sizes === undefined
        ? null
        : { rootFsSize: sizes.base === undefined ? sizes.own : sizes.base + sizes.own, rwSize: sizes.own },
    StartedAt: unixSeconds('startedAt' in state ? state.startedAt : undefined),
    State: owner === undefined ? displayStatus(state) : 'storage',
    Status: shownStatus(container, now),
    Created: unixSeconds(container.createdAt),
  };
}

/** `0.0.0.0:8000-8002->80-82/tcp` */
function describePorts(ports: ContainerSummary['ports']): string {
  const span = (first: number, range: number) => (range > 1 ? `${first}-${first + range - 1}` : String(first));
  return ports
    .map(
      ({ hostAddress, hostPort, containerPort, range, protocol }) =>
        `${hostAddress || '0.0.0.0'}:${span(hostPort, range)}->${span(containerPort, range)}/${protocol}`,
    )
    .join(', ');
}

function describePort({ hostAddress, hostPort, containerPort, range, protocol }: ContainerSummary['ports'][number]) {
  return { host_ip: hostAddress, container_port: containerPort, host_port: hostPort, range, protocol };
}

function imageOf({ rootfs }: ContainerSummary): string {
  return rootfs.kind === 'image' ? rootfs.imageName : '';
}

function shownStatus(container: PsRow, now: number): string {
  return container.owner === undefined ? statusOf(container, now) : 'Storage';
}

/** `12B (virtual 1.98MB)`: what it changed, and that with what it was made of. */
function sizeOf({ sizes }: PsRow): string {
  if (sizes === undefined) return '';
  return `${compactSize(sizes.own)} (virtual ${compactSize(sizes.own + (sizes.base ?? 0))})`;
}

const noNamespaces = Object.fromEntries(namespaceKinds.map((kind) => [kind, '']));

function namespaceColumns(truncated: boolean): Column<PsRow>[] {
  return [
    { title: 'CONTAINER ID', cell: ({ id }) => (truncated ? shortId(id) : id) },
    { title: 'NAMES', cell: ({ name }) => name },
    { title: 'PID', cell: ({ pid }) => String(pid) },
    ...namespaceKinds.map((kind) => ({ title: kind, cell: ({ namespaces }: PsRow) => namespaces?.[kind] ?? '' })),
  ];
}

/** A state with how long it has lasted. */
export function statusOf({ state, health }: Pick<ContainerSummary, 'state' | 'health'>, now: number): string {
  const ofHealth = health === undefined ? '' : ` (${health})`;
  if (state.status === 'running') return `Up ${ago(state.startedAt, now)}${ofHealth}`;
  if ('exitCode' in state) return `Exited (${state.exitCode}) ${ago(state.finishedAt, now)}${ofHealth}`;
  const word = displayStatus(state);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** podman counts from whole seconds. */
function ago(iso: string, now: number): string {
  return `${humanDuration(now - unixSeconds(iso) * 1000)} ago`;
}
