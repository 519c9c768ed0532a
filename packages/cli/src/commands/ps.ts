import { type ContainerSummary, displayStatus, humanDuration, InvalidArgumentError, parseFilters, shortId } from '@tspod/core';
import type { Runtime } from 'tspod';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { goTime, truncate, unixSeconds } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

const sortings = ['command', 'created', 'id', 'image', 'names', 'runningfor', 'status'] as const;

/** Characters of the command that are shown. */
const commandLength = 17;

export const command = defineCommand({
  description: ['Lists the containers that run, or all of them.'],
  usage: '[options]',
  examples: ['ps -a', 'ps --format json', 'ps --format "table {{.ID}} {{.Status}}"', 'ps --last 3'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Those that do not run, too' },
    filter: { kind: 'strings', shorthand: 'f', metavar: 'KEY=VALUE', help: 'Only containers that fit' },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    last: { kind: 'int', shorthand: 'n', default: -1, help: 'Only so many, the newest, in whatever state' },
    latest: { kind: 'bool', shorthand: 'l', help: 'Only the newest, in whatever state' },
    'no-trunc': { kind: 'bool', help: 'Whole ids and commands' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    pod: { kind: 'bool', shorthand: 'p', help: 'With the pods that they belong to' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
    sort: { kind: 'string', choices: sortings, default: 'created', help: `Order: ${sortings.join(', ')}` },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const now = Date.now();
    const names = flags.pod ? await podNames(await runtime()) : new Map<string, string>();
    const podName = ({ pod = '' }: ContainerSummary) => names.get(pod) ?? '';
    const format = await readFormat(flags.format, report({ now, truncated: !flags['no-trunc'], podName }));
    if (flags.latest && flags.last >= 0)
      throw new InvalidArgumentError('last and latest are mutually exclusive', { code: 'invalid-option' });
    const last = flags.latest ? 1 : Math.max(flags.last, 0);
    const filters = parseFilters(flags.filter);
    const listed = await (await runtime()).listContainers({ all: flags.all || last > 0, filters });
    const containers = sorted(last > 0 ? listed.slice(-last) : listed, flags.sort);
    if (format === 'json')
      output.json(
        containers.map((one) => ({ ...describeContainer(one, now), PodName: podName(one) })),
        2,
      );
    else if (format !== undefined) output.text(format(containers));
    else if (flags.quiet) for (const { id } of containers) output.line(flags['no-trunc'] ? id : shortId(id));
    else {
      const truncated = !flags['no-trunc'];
      const pods = flags.pod ? podColumns(podName, truncated) : [];
      output.table([...columns({ now, truncated }), ...pods], containers, { heading: !flags.noheading });
    }
    return 0;
  },
});

function columns({ now, truncated }: { readonly now: number; readonly truncated: boolean }): Column<ContainerSummary>[] {
  return [
    { title: 'CONTAINER ID', cell: ({ id }) => (truncated ? shortId(id) : id) },
    { title: 'IMAGE', cell: imageOf },
    { title: 'COMMAND', cell: ({ command }) => (truncated ? truncate(command.join(' '), commandLength) : command.join(' ')) },
    { title: 'CREATED', cell: ({ createdAt }) => ago(createdAt, now) },
    { title: 'STATUS', cell: (container) => statusOf(container, now) },
    { title: 'PORTS', cell: () => '' },
    { title: 'NAMES', cell: ({ name }) => name },
  ];
}

/** In the order that `--sort` names; those that are alike stay as they were made. */
function sorted(containers: readonly ContainerSummary[], sorting: string): readonly ContainerSummary[] {
  const key = sortKeys[sorting];
  if (key === undefined) return containers;
  return [...containers].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}

/** `created`: as they are listed. */
const sortKeys: Readonly<Record<string, (container: ContainerSummary) => string | number>> = {
  command: ({ command }) => command.join(' '),
  id: ({ id }) => id,
  image: imageOf,
  names: ({ name }) => name,
  runningfor: ({ state }) => unixSeconds('startedAt' in state ? state.startedAt : undefined),
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
}): Report<ContainerSummary> {
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
      Mounts: ({ mounts }) => mounts.join(','),
      Names: ({ name }) => name,
      Namespaces: () => ({}),
      Networks: () => '',
      Pid: ({ pid }) => pid,
      Pod: ['POD ID', ({ pod = '' }) => (truncated ? shortId(pod) : pod)],
      PodName: podName,
      Ports: () => '',
      RunningFor: ({ createdAt }) => ago(createdAt, now),
      Size: () => '',
      StartedAt: ({ state }) => unixSeconds('startedAt' in state ? state.startedAt : undefined),
      State: ({ state }) => displayStatus(state),
      Status: (container) => statusOf(container, now),
    },
  };
}

/** podman's document of one container, with its fields and their order. */
export function describeContainer(container: ContainerSummary, now: number) {
  const { state } = container;
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
    Namespaces: {},
    Networks: [],
    Pid: container.pid,
    Pod: container.pod ?? '',
    PodName: '',
    Ports: null,
    Size: null,
    StartedAt: unixSeconds('startedAt' in state ? state.startedAt : undefined),
    State: displayStatus(state),
    Status: statusOf(container, now),
    Created: unixSeconds(container.createdAt),
  };
}

function imageOf({ rootfs }: ContainerSummary): string {
  return rootfs.kind === 'image' ? rootfs.imageName : '';
}

/** A state with how long it has lasted. */
export function statusOf({ state }: Pick<ContainerSummary, 'state'>, now: number): string {
  if (state.status === 'running') return `Up ${ago(state.startedAt, now)}`;
  if ('exitCode' in state) return `Exited (${state.exitCode}) ${ago(state.finishedAt, now)}`;
  const word = displayStatus(state);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** podman counts from whole seconds. */
function ago(iso: string, now: number): string {
  return `${humanDuration(now - unixSeconds(iso) * 1000)} ago`;
}
