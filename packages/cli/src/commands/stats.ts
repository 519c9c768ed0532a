import { type ContainerStats, goDuration, InvalidArgumentError, shortId } from '@tspod/core';
import { latestFlag } from '../container-flags.ts';
import { explained } from '../explained.ts';
import { binarySize, decimalSize } from '../format/go-units.ts';
import { readFormat } from '../format/report.ts';
import { type Column, formatTable } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { showStats } from '../stats-loop.ts';

export const command = defineCommand({
  description: [
    'Shows what containers use of the machine, again and again until it is interrupted: those that run, or those named.',
  ],
  usage: '[options] [CONTAINER...]',
  examples: ['stats', 'stats --no-stream web db', 'stats --format "table {{.Name}} {{.MemUsage}}"'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Those that do not run, too' },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    interval: { kind: 'int', shorthand: 'i', default: 5, metavar: 'SECONDS', help: 'Time between two looks' },
    latest: latestFlag,
    'no-reset': { kind: 'bool', help: 'Leave what was shown before on the screen' },
    'no-stream': { kind: 'bool', help: 'Look once' },
    'no-trunc': { kind: 'bool', help: 'Whole ids' },
  },
  positional: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
  async run({ flags, positional, context }) {
    if (Number(flags.all) + Number(flags.latest) + Number(positional.length > 0) > 1) {
      throw new UsageError('--all, --latest and containers cannot be used together');
    }
    if (flags.interval < 1) {
      throw new InvalidArgumentError('invalid interval, must be a positive number greater zero', { code: 'invalid-option' });
    }
    const id = (stats: ContainerStats) => (flags['no-trunc'] ? stats.id : shortId(stats.id));
    const format = await readFormat(flags.format, report(id));
    const runtime = await context.runtime();
    const newest = flags.latest ? [(await runtime.latestContainer()).id] : undefined;
    const containers = newest ?? (positional.length > 0 ? positional : undefined);
    const options = { containers, all: flags.all, interval: flags.interval * 1000 };
    for (const name of positional)
      await explained(`unable to get list of containers: unable to look up container ${name}`, runtime.container(name));
    return showStats(context, (signal) => runtime.stats({ ...options, signal }), {
      once: flags['no-stream'],
      keep: flags['no-reset'],
      show(look) {
        if (format === 'json') return `${JSON.stringify(look.map(document), undefined, 1)}\n`;
        return format === undefined ? formatTable(columns(id), look, { heading: true }) : format(look);
      },
    });
  },
});

function columns(id: (stats: ContainerStats) => string): Column<ContainerStats>[] {
  return [
    { title: 'ID', cell: id },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'CPU %', cell: ({ cpuPercent }) => percentage(cpuPercent) },
    { title: 'MEM USAGE / LIMIT', cell: memoryUsage },
    { title: 'MEM %', cell: ({ memoryPercent }) => percentage(memoryPercent) },
    { title: 'NET IO', cell: networkIo },
    { title: 'BLOCK IO', cell: blockIo },
    { title: 'PIDS', cell: ({ pids }) => String(pids) },
    { title: 'CPU TIME', cell: ({ cpu }) => goDuration(cpu) },
    { title: 'AVG CPU %', cell: ({ averageCpuPercent }) => percentage(averageCpuPercent) },
  ];
}

/** podman's, field by field. */
function document(stats: ContainerStats) {
  return {
    id: shortId(stats.id),
    name: stats.name,
    cpu_time: goDuration(stats.cpu),
    cpu_percent: percentage(stats.cpuPercent),
    avg_cpu: percentage(stats.averageCpuPercent),
    mem_usage: memoryUsage(stats),
    mem_percent: percentage(stats.memoryPercent),
    net_io: networkIo(stats),
    block_io: blockIo(stats),
    pids: String(stats.pids),
  };
}

function report(id: (stats: ContainerStats) => string): Report<ContainerStats> {
  return {
    name: 'stats',
    type: 'containers.containerStats',
    fields: {
      AvgCPU: ({ averageCpuPercent }) => averageCpuPercent,
      AVGCPU: ['AVG CPU %', ({ averageCpuPercent }) => percentage(averageCpuPercent)],
      BlockIO: ['BLOCK IO', blockIo],
      BlockInput: ({ blockInput }) => blockInput,
      BlockOutput: ({ blockOutput }) => blockOutput,
      CPU: ({ cpuPercent }) => cpuPercent,
      CPUNano: ({ cpu }) => cpu,
      CPUPerc: ['CPU %', ({ cpuPercent }) => percentage(cpuPercent)],
      CPUSystemNano: ({ cpuKernel }) => cpuKernel,
      ContainerID: (stats) => stats.id,
      Duration: ({ cpu }) => cpu,
      ID: ['ID', id],
      MemLimit: ({ memoryLimit }) => memoryLimit,
      MemPerc: ['MEM %', ({ memoryPercent }) => percentage(memoryPercent)],
      MemUsage: ['MEM USAGE / LIMIT', memoryUsage],
      MemUsageBytes: ['MEM USAGE / LIMIT', ({ memory, memoryLimit }) => `${binarySize(memory)} / ${binarySize(memoryLimit)}`],
      Name: ({ name }) => name,
      NetIO: ['NET IO', networkIo],
      NetInput: ({ networkInput }) => networkInput,
      NetOutput: ({ networkOutput }) => networkOutput,
      PIDS: ({ pids }) => String(pids),
      PIDs: ['PI DS', ({ pids }) => pids],
      PerCPU: ({ perCpu }) => perCpu,
      SystemNano: ({ time }) => Date.parse(time) * 1e6,
      UpTime: ['CPU TIME', ({ cpu }) => goDuration(cpu)],
    },
  };
}

function percentage(value: number): string {
  return `${value.toFixed(2)}%`;
}

function memoryUsage({ memory, memoryLimit }: ContainerStats): string {
  return `${decimalSize(memory)} / ${decimalSize(memoryLimit)}`;
}

function networkIo({ networkInput, networkOutput }: ContainerStats): string {
  return `${decimalSize(networkInput)} / ${decimalSize(networkOutput)}`;
}

function blockIo({ blockInput, blockOutput }: ContainerStats): string {
  return `${decimalSize(blockInput)} / ${decimalSize(blockOutput)}`;
}
