import { displayStatus, humanDuration, InvalidArgumentError, type Pod, type PodStatus, podStatus, shortId } from '@tspod/core';
import type { Column } from '../format/table.ts';
import { unixSeconds } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

interface Row {
  readonly pod: Pod;
  readonly status: PodStatus;
  readonly containers: readonly { readonly Id: string; readonly Names: string; readonly Status: string }[];
}

export const command = defineCommand({
  description: ['Lists pods, the newest first.'],
  usage: '[options]',
  examples: ['pod ps', 'pod ps --ctr-names --ctr-status', 'pod ps --format json'],
  flags: {
    'ctr-ids': { kind: 'bool', help: 'Ids of the containers, in place of their number' },
    'ctr-names': { kind: 'bool', help: 'Names of the containers, in place of their number' },
    'ctr-status': { kind: 'bool', help: 'States of the containers, in place of their number' },
    format: { kind: 'string', help: 'json, in place of a table' },
    'no-trunc': { kind: 'bool', help: 'Whole ids' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const asJson = flags.format === 'json';
    if (flags.format !== undefined && !asJson) {
      throw new InvalidArgumentError(`pod ps can't print the format "${flags.format}"`, {
        code: 'invalid-option',
        hint: 'use --format json',
      });
    }
    const pods = (await (await runtime()).listPods()).toReversed();
    const rows = await Promise.all(pods.map(describe));
    if (asJson) output.json(rows.map(document), 2);
    else if (flags.quiet) for (const { id } of pods) output.line(id);
    else {
      const shown = { ids: flags['ctr-ids'], names: flags['ctr-names'], status: flags['ctr-status'] };
      const columns = columnsOf({ now: Date.now(), truncated: !flags['no-trunc'], shown });
      output.table(columns, rows, { heading: !flags.noheading });
    }
    return 0;
  },
});

async function describe(pod: Pod): Promise<Row> {
  const containers = await pod.containers();
  const states = await pod.containerStates();
  return {
    pod,
    status: podStatus([...states.values()].map(({ status }) => status)),
    containers: containers.map(({ id, name }) => {
      const state = states.get(id);
      return { Id: id, Names: name, Status: state === undefined ? 'removing' : displayStatus(state) };
    }),
  };
}

/** podman's document of one pod, with its fields and their order. */
function document({ pod, status, containers }: Row) {
  const config = pod.config();
  return {
    Cgroup: config.cgroupParent,
    Containers: containers,
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

function columnsOf({
  now,
  truncated,
  shown,
}: {
  readonly now: number;
  readonly truncated: boolean;
  readonly shown: { readonly ids: boolean; readonly names: boolean; readonly status: boolean };
}): Column<Row>[] {
  const short = (id: string) => (truncated ? shortId(id) : id);
  const list = (title: string, cell: (container: Row['containers'][number]) => string): Column<Row> => ({
    title,
    cell: ({ containers }) => containers.map(cell).join(','),
  });
  return [
    { title: 'POD ID', cell: ({ pod }) => short(pod.id) },
    { title: 'NAME', cell: ({ pod }) => pod.name },
    { title: 'STATUS', cell: ({ status }) => status },
    {
      title: 'CREATED',
      cell: ({ pod }) => `${humanDuration(now - unixSeconds(pod.config().createdAt) * 1000)} ago`,
    },
    { title: 'INFRA ID', cell: ({ pod }) => short(pod.config().infraId ?? '') },
    ...(shown.ids ? [list('IDS', ({ Id }) => short(Id))] : []),
    ...(shown.names ? [list('NAMES', ({ Names }) => Names)] : []),
    ...(shown.status ? [list('STATUS', ({ Status }) => Status)] : []),
    ...(shown.ids || shown.names || shown.status
      ? []
      : [{ title: '# OF CONTAINERS', cell: ({ containers }: Row) => String(containers.length) }]),
  ];
}
