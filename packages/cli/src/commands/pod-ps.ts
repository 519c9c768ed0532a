import {
  displayStatus,
  humanDuration,
  InvalidArgumentError,
  type Pod,
  type PodFilters,
  type PodSummary,
  parseFilters,
  shortId,
} from '@tspod/core';
import type { Runtime } from 'tspod';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { unixSeconds } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

interface Shown {
  readonly now: number;
  readonly truncated: boolean;
}

export const command = defineCommand({
  description: ['Lists pods, the newest first.'],
  usage: '[options]',
  examples: ['pod ps', 'pod ps --ctr-names --ctr-status', 'pod ps --filter status=running --format "{{.Name}}"'],
  flags: {
    'ctr-ids': { kind: 'bool', help: 'Ids of the containers, in place of their number' },
    'ctr-names': { kind: 'bool', help: 'Names of the containers, in place of their number' },
    'ctr-status': { kind: 'bool', help: 'States of the containers, in place of their number' },
    filter: { kind: 'strings', shorthand: 'f', metavar: 'KEY=VALUE', help: 'Only pods that fit' },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    latest: { kind: 'bool', shorthand: 'l', help: 'Only the pod that was made last' },
    'no-trunc': { kind: 'bool', help: 'Whole ids' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    ns: { kind: 'bool', help: 'With the cgroup' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
    sort: { kind: 'string', default: 'created', help: 'Order: created, id, name or number' },
  },
  positional: noArguments,
  async run({ flags, given, context: { output, runtime } }) {
    if (flags.quiet && given.has('format')) throw invalid('quiet and format cannot be used together');
    const shown = { now: Date.now(), truncated: !flags['no-trunc'] };
    const format = await readFormat(flags.format, report(shown), { heading: !flags.noheading });
    const compare = sortings[flags.sort];
    if (compare === undefined) throw invalid('invalid option for --sort, options are: id, names, or number');
    const chosen = await choose(await runtime(), flags.latest, filtersOf(flags.filter));
    const pods = (await Promise.all(chosen.toReversed().map((pod) => pod.summary()))).sort(compare);
    if (format === 'json') output.json(pods.map(document), 2);
    else if (format !== undefined) output.text(format(pods));
    else if (flags.quiet) for (const { config } of pods) output.line(config.id);
    else {
      const containers = { ids: flags['ctr-ids'], names: flags['ctr-names'], status: flags['ctr-status'] };
      output.table(columnsOf(shown, flags.ns, containers), pods, { heading: !flags.noheading, whole: flags['no-trunc'] });
    }
    return 0;
  },
});

async function choose(runtime: Runtime, latest: boolean, filters: PodFilters): Promise<readonly Pod[]> {
  return latest ? [await runtime.latestPod()] : runtime.listPods({ filters });
}

function filtersOf(texts: readonly string[]): PodFilters {
  for (const text of texts) {
    if (!text.includes('=')) throw invalid(`filter input must be in the form of filter=value: ${text} is invalid`);
  }
  return parseFilters(texts);
}

/** `created`: as they are listed. */
const sortings: Readonly<Record<string, (one: PodSummary, other: PodSummary) => number>> = {
  created: () => 0,
  id: (one, other) => (one.config.id < other.config.id ? -1 : 1),
  name: (one, other) => (one.config.name < other.config.name ? -1 : 1),
  number: (one, other) => one.containers.length - other.containers.length,
  status: (one, other) => (one.status < other.status ? -1 : one.status > other.status ? 1 : 0),
};

/** podman's document of one pod, with its fields and their order. */
function document({ config, status, containers }: PodSummary) {
  return {
    Cgroup: config.cgroupParent,
    Containers: containers.map(({ id, name, state }) => ({ Id: id, Names: name, Status: displayStatus(state) })),
    Created: config.createdAt,
    Id: config.id,
    InfraId: config.infraId ?? '',
    Name: config.name,
    Namespace: '',
    Networks: [],
    Status: status,
    Labels: config.labels,
  };
}

/** What podman's templates know of a pod. */
function report({ now, truncated }: Shown): Report<PodSummary> {
  const short = (id: string) => (truncated ? shortId(id) : id);
  const infraId = ({ config }: PodSummary) => short(config.infraId ?? '');
  return {
    name: 'ps',
    type: 'pods.ListPodReporter',
    fields: {
      Cgroup: ({ config }) => config.cgroupParent,
      ContainerIds: ['IDS', ({ containers }) => containers.map(({ id }) => short(id)).join(',')],
      ContainerNames: ['NAMES', ({ containers }) => containers.map(({ name }) => name).join(',')],
      ContainerStatuses: ['STATUS', ({ containers }) => containers.map(({ state }) => displayStatus(state)).join(',')],
      Containers: (pod) => document(pod).Containers,
      Created: (pod) => age(pod, now),
      ID: ['POD ID', ({ config }) => short(config.id)],
      Id: ['POD ID', ({ config }) => short(config.id)],
      InfraID: infraId,
      InfraId: ['INFRA ID', infraId],
      Labels: ({ config }) => config.labels,
      Name: ({ config }) => config.name,
      Namespace: ['NAMESPACES', () => ''],
      Networks: () => '',
      NumberOfContainers: ['# OF CONTAINERS', ({ containers }) => containers.length],
      Status: ({ status }) => status,
    },
  };
}

function columnsOf(
  { now, truncated }: Shown,
  namespaces: boolean,
  shown: { readonly ids: boolean; readonly names: boolean; readonly status: boolean },
): Column<PodSummary>[] {
  const short = (id: string) => (truncated ? shortId(id) : id);
  const list = (title: string, cell: (container: PodSummary['containers'][number]) => string): Column<PodSummary> => ({
    title,
    cell: ({ containers }) => containers.map(cell).join(','),
  });
  return [
    { title: 'POD ID', cell: ({ config }) => short(config.id) },
    { title: 'NAME', cell: ({ config }) => config.name },
    { title: 'STATUS', cell: ({ status }) => status },
    { title: 'CREATED', cell: (pod) => age(pod, now) },
    { title: 'INFRA ID', cell: ({ config }) => short(config.infraId ?? '') },
    ...(namespaces
      ? [
          { title: 'CGROUP', cell: ({ config }: PodSummary) => config.cgroupParent },
          { title: 'NAMESPACES', cell: () => '' },
        ]
      : []),
    ...(shown.ids ? [list('IDS', ({ id }) => short(id))] : []),
    ...(shown.names ? [list('NAMES', ({ name }) => name)] : []),
    ...(shown.status ? [list('STATUS', ({ state }) => displayStatus(state))] : []),
    ...(shown.ids || shown.names || shown.status
      ? []
      : [{ title: '# OF CONTAINERS', cell: ({ containers }: PodSummary) => String(containers.length) }]),
  ];
}

function age({ config }: PodSummary, now: number): string {
  return `${humanDuration(now - unixSeconds(config.createdAt) * 1000)} ago`;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
