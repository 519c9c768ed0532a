import { InvalidArgumentError, inspectVolume, parseFilters, type VolumeSummary } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Report } from '../format/template-report.ts';
import { goTime } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Lists volumes, by name.'],
  usage: '[options]',
  examples: ['volume ls', 'volume ls --filter dangling=true', 'volume ls --format "{{.Name}} {{.Mountpoint}}"'],
  flags: {
    filter: {
      kind: 'strings',
      shorthand: 'f',
      metavar: 'KEY=VALUE',
      help: 'Only volumes that fit: dangling, driver, label, name, opt, scope, until',
    },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the names' },
  },
  positional: noArguments,
  async run({ flags, given, context: { output, runtime } }) {
    if (flags.quiet && given.has('format'))
      throw new InvalidArgumentError('quiet and format flags cannot be used together', { code: 'invalid-option' });
    const format = await readFormat(flags.format, report, { heading: !flags.noheading });
    const listed = await (await runtime()).volumes.list({ filters: parseFilters(flags.filter) });
    if (flags.quiet) for (const { name } of listed) output.line(name);
    else if (format === 'json') output.json(listed.map(inspectVolume), 2);
    else if (listed.length === 0) return 0;
    else if (format !== undefined) output.text(format(listed));
    else output.table(columns, listed, { heading: !flags.noheading });
    return 0;
  },
});

const columns = [
  { title: 'DRIVER', cell: ({ driver }: VolumeSummary) => driver },
  { title: 'VOLUME NAME', cell: ({ name }: VolumeSummary) => name },
];

const report: Report<VolumeSummary> = {
  name: 'ls',
  type: '*entities.VolumeListReport',
  fields: {
    Anonymous: ({ anonymous }) => anonymous,
    CreatedAt: ({ createdAt }) => goTime(createdAt),
    Driver: ({ driver }) => driver,
    GID: ({ gid }) => gid,
    Labels: ({ labels }) => labels,
    MountCount: ({ mountCount }) => mountCount,
    Mountpoint: ({ mountPoint }) => mountPoint,
    Name: ['VOLUME NAME', ({ name }) => name],
    NeedsChown: ({ needsChown }) => needsChown,
    NeedsCopyUp: ({ needsCopyUp }) => needsCopyUp,
    Options: ({ options }) => options,
    Scope: () => 'local',
    Status: () => ({}),
    UID: ({ uid }) => uid,
  },
};
