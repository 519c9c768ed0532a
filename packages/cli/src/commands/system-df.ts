import {
  type ContainerUsage,
  type DiskUsage,
  displayStatus,
  humanDuration,
  type ImageUsage,
  isAlive,
  repositoryOf,
  shortId,
  type VolumeUsage,
} from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Column } from '../format/table.ts';
import type { Report } from '../format/template-report.ts';
import { compactSize } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';
import type { Output } from '../output.ts';
import { rowsOf, tagOf } from './images.ts';

export const command = defineCommand({
  description: ['Shows how much room images, containers and volumes take, and how much of it nothing uses.'],
  usage: '[options]',
  examples: ['system df', 'system df --verbose', 'system df --format json'],
  flags: {
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    verbose: { kind: 'bool', shorthand: 'v', help: 'Every image, container and volume' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    if (flags.verbose && flags.format !== undefined) throw new UsageError('cannot combine --format and --verbose flags');
    const format = await readFormat(flags.format, report);
    const usage = await (await runtime()).diskUsage();
    if (flags.verbose) printDetails(usage, output, Date.now());
    else if (format === 'json') output.json(summaryOf(usage).map(document), 4);
    else if (format !== undefined) output.text(format(summaryOf(usage)));
    else output.table(columns, summaryOf(usage), { heading: true });
    return 0;
  },
});

/** Significant digits of sizes. */
const digits = 4;

interface Line {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
}

/** An image counts once for each of its names, as in `images`. */
function summaryOf({ images, containers, volumes }: DiskUsage): Line[] {
  const named = images.flatMap((usage) => rowsOf(usage.image).map(() => usage));
  return [
    line(
      'Images',
      named,
      ({ image }) => image.size,
      ({ containers: users }) => users > 0,
    ),
    line(
      'Containers',
      containers,
      ({ size }) => size,
      ({ container }) => isAlive(container.state),
    ),
    line(
      'Local Volumes',
      volumes,
      ({ size }) => size,
      ({ containers: users }) => users > 0,
    ),
  ];
}

function line<One>(type: string, all: readonly One[], sizeOf: (one: One) => number, isActive: (one: One) => boolean): Line {
  const sum = (some: readonly One[]) => some.reduce((total, one) => total + sizeOf(one), 0);
  const idle = all.filter((one) => !isActive(one));
  return { type, total: all.length, active: all.length - idle.length, size: sum(all), reclaimable: sum(idle) };
}

function reclaimableText({ size, reclaimable }: Line): string {
  const share = size === 0 ? 0 : Math.round((100 * reclaimable) / size);
  return `${compactSize(reclaimable, digits)} (${share}%)`;
}

const columns: readonly Column<Line>[] = [
  { title: 'TYPE', cell: ({ type }) => type },
  { title: 'TOTAL', cell: ({ total }) => String(total) },
  { title: 'ACTIVE', cell: ({ active }) => String(active) },
  { title: 'SIZE', cell: ({ size }) => compactSize(size, digits) },
  { title: 'RECLAIMABLE', cell: reclaimableText },
];

const report: Report<Line> = {
  name: 'df',
  type: '*system.dfSummary',
  fields: {
    Type: ({ type }) => type,
    Total: ({ total }) => total,
    Active: ({ active }) => active,
    Size: ({ size }) => compactSize(size, digits),
    Reclaimable: reclaimableText,
    RawSize: ({ size }) => size,
    RawReclaimable: ({ reclaimable }) => reclaimable,
  },
};

/** As podman 4.4 and later print it; 4.3 prints the word json. */
function document(one: Line) {
  return {
    ...{ Type: one.type, Total: one.total, Active: one.active, RawSize: one.size, RawReclaimable: one.reclaimable },
    ...{ TotalCount: one.total, Size: compactSize(one.size, digits), Reclaimable: reclaimableText(one) },
  };
}

function printDetails({ images, containers, volumes }: DiskUsage, output: Output, now: number): void {
  const named = images.flatMap((usage) => rowsOf(usage.image).map(({ name }) => ({ ...usage, name })));
  output.text('Images space usage:\n\n');
  output.table(imageColumns(now), named, { heading: true });
  output.text('\nContainers space usage:\n\n');
  output.table(containerColumns(now), containers, { heading: true });
  output.text('\nLocal Volumes space usage:\n\n');
  output.table(volumeColumns, volumes, { heading: true });
}

function imageColumns(now: number): Column<ImageUsage & { readonly name: string | undefined }>[] {
  return [
    { title: 'REPOSITORY', cell: ({ name }) => (name === undefined ? '<none>' : repositoryOf(name)) },
    { title: 'TAG', cell: ({ name }) => tagOf(name) ?? '<none>' },
    { title: 'IMAGE ID', cell: ({ image }) => shortId(image.id) },
    { title: 'CREATED', cell: ({ image }) => humanDuration(now - Date.parse(image.createdAt)) },
    { title: 'SIZE', cell: ({ image }) => compactSize(image.size, digits) },
    { title: 'SHARED SIZE', cell: ({ shared }) => compactSize(shared, digits) },
    { title: 'UNIQUE SIZE', cell: ({ unique }) => compactSize(unique, digits) },
    { title: 'CONTAINERS', cell: ({ containers }) => String(containers) },
  ];
}

function containerColumns(now: number): Column<ContainerUsage>[] {
  return [
    { title: 'CONTAINER ID', cell: ({ container }) => shortId(container.id) },
    { title: 'IMAGE', cell: ({ container: { rootfs } }) => (rootfs.kind === 'image' ? shortId(rootfs.imageId) : '') },
    { title: 'COMMAND', cell: ({ container }) => container.command.join(' ') },
    { title: 'LOCAL VOLUMES', cell: ({ volumes }) => String(volumes) },
    { title: 'SIZE', cell: ({ size }) => compactSize(size, digits) },
    { title: 'CREATED', cell: ({ container }) => humanDuration(now - Date.parse(container.createdAt)) },
    { title: 'STATUS', cell: ({ container }) => displayStatus(container.state) },
    { title: 'NAMES', cell: ({ container }) => container.name },
  ];
}

const volumeColumns: readonly Column<VolumeUsage>[] = [
  { title: 'VOLUME NAME', cell: ({ name }) => name },
  { title: 'LINKS', cell: ({ containers }) => String(containers) },
  { title: 'SIZE', cell: ({ size }) => compactSize(size, digits) },
];
