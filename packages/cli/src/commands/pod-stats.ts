import { type ContainerStats, InvalidArgumentError, type Pod, shortId } from '@tspod/core';
import type { Runtime } from 'tspod';
import { explained } from '../explained.ts';
import { binarySize, decimalSize } from '../format/go-units.ts';
import { readFormat } from '../format/report.ts';
import { type Column, formatTable } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { defineCommand } from '../grammar/command.ts';
import { anyPods, podSelectionFlags } from '../pods.ts';
import { showStats } from '../stats-loop.ts';

/** Milliseconds, as podman has it. */
const interval = 5_000;

export const command = defineCommand({
  description: ['Shows what the containers of pods use of the machine, again and again until it is interrupted.'],
  usage: '[options] [POD...]',
  examples: ['pod stats', 'pod stats --no-stream web'],
  flags: {
    ...podSelectionFlags,
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    'no-reset': { kind: 'bool', help: 'Leave what was shown before on the screen' },
    'no-stream': { kind: 'bool', help: 'Look once' },
  },
  positional: anyPods,
  async run({ flags, positional, context }) {
    if (Number(flags.all) + Number(flags.latest) + Number(positional.length > 0) > 1) {
      throw new InvalidArgumentError('--all, --latest and arguments cannot be used together', { code: 'invalid-option' });
    }
    const format = await readFormat(flags.format, report);
    const runtime = await context.runtime();
    const pods = await chosen(runtime, flags.latest, positional);
    return showStats(context, (signal) => runtime.stats({ interval, all: true, signal }), {
      once: flags['no-stream'],
      keep: flags['no-reset'],
      show(look) {
        const rows = look.filter(({ pod }) => pod !== undefined && (pods === undefined || pods.some(({ id }) => id === pod)));
        if (format === 'json') return `${JSON.stringify(rows.map(document), undefined, 5)}\n`;
        return format === undefined ? formatTable(columns, rows, { heading: true }) : format(rows);
      },
    });
  },
});

/** Undefined: all of them, as podman has it without `--all`, too. */
async function chosen(runtime: Runtime, latest: boolean, names: readonly string[]): Promise<readonly Pod[] | undefined> {
  if (latest) return [await runtime.latestPod()];
  return names.length === 0
    ? undefined
    : Promise.all(names.map((name) => explained('unable to get list of pods', runtime.pod(name))));
}

/** podman has these for nothing. */
const pair = (one: number, other: number, size: (bytes: number) => string) =>
  one === 0 && other === 0 ? '-- / --' : `${size(one)} / ${size(other)}`;
const percent = (value: number) => (value === 0 ? '--' : `${value.toFixed(2)}%`);

/** podman's fields; unlike podman's, block I/O is told. */
const cells = {
  CPU: ({ cpuPercent }: ContainerStats) => percent(cpuPercent),
  MemUsage: ({ memory, memoryLimit }: ContainerStats) => pair(memory, memoryLimit, decimalSize),
  MemUsageBytes: ({ memory, memoryLimit }: ContainerStats) => pair(memory, memoryLimit, binarySize),
  Mem: ({ memoryPercent }: ContainerStats) => percent(memoryPercent),
  NetIO: ({ networkInput, networkOutput }: ContainerStats) => pair(networkInput, networkOutput, decimalSize),
  BlockIO: ({ blockInput, blockOutput }: ContainerStats) => pair(blockInput, blockOutput, decimalSize),
  PIDS: ({ pids }: ContainerStats) => (pids === 0 ? '--' : String(pids)),
  Pod: ({ pod = '' }: ContainerStats) => shortId(pod),
  CID: ({ id }: ContainerStats) => shortId(id),
  Name: ({ name }: ContainerStats) => name,
};

function document(stats: ContainerStats) {
  return Object.fromEntries(Object.entries(cells).map(([field, cell]) => [field, cell(stats)]));
}

const titles = {
  CPU: 'CPU %',
  MemUsage: 'MEM USAGE/ LIMIT',
  MemUsageBytes: 'MEM USAGE/ LIMIT',
  Mem: 'MEM %',
  NetIO: 'NET IO',
  BlockIO: 'BLOCK IO',
} as const;

const columns: readonly Column<ContainerStats>[] = [
  { title: 'POD', cell: cells.Pod },
  { title: 'CID', cell: cells.CID },
  { title: 'NAME', cell: cells.Name },
  { title: titles.CPU, cell: cells.CPU },
  { title: titles.MemUsage, cell: cells.MemUsage },
  { title: titles.Mem, cell: cells.Mem },
  { title: titles.NetIO, cell: cells.NetIO },
  { title: titles.BlockIO, cell: cells.BlockIO },
  { title: 'PIDS', cell: cells.PIDS },
];

const report: Report<ContainerStats> = {
  name: 'stats',
  type: 'entities.PodStatsReport',
  fields: {
    ...cells,
    CPU: [titles.CPU, cells.CPU],
    MemUsage: [titles.MemUsage, cells.MemUsage],
    MemUsageBytes: [titles.MemUsageBytes, cells.MemUsageBytes],
    Mem: [titles.Mem, cells.Mem],
    NetIO: [titles.NetIO, cells.NetIO],
    BlockIO: [titles.BlockIO, cells.BlockIO],
  },
};
