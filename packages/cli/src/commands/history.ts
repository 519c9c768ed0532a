import { type HistoryEntry, humanDuration, shortId } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import { goTime, humanSize, truncate } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

const missing = '<missing>';
const longestCommand = 45;

export const command = defineCommand({
  description: ['Shows the steps by which an image was made, the last one first.'],
  usage: '[options] IMAGE',
  examples: ['history busybox', 'history --no-trunc --format "{{.CreatedBy}}" busybox'],
  flags: {
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    human: { kind: 'bool', shorthand: 'H', default: true, help: 'Times and sizes for people' },
    'no-trunc': { kind: 'bool', help: 'Whole ids and commands' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
  },
  positional: exactly(1),
  async run({ flags, positional: [reference = ''], context: { output, runtime } }) {
    const idOf = ({ id }: HistoryEntry) => (id === undefined ? missing : flags['no-trunc'] ? id : shortId(id));
    const now = Date.now();
    const since = ({ createdAt }: HistoryEntry) => `${humanDuration(now - Date.parse(createdAt))} ago`;
    const created = (entry: HistoryEntry) => (flags.human ? since(entry) : entry.createdAt.replace(/\.\d+Z$/, 'Z'));
    const by = ({ createdBy }: HistoryEntry) => (flags['no-trunc'] ? createdBy : truncate(createdBy, longestCommand - 3));
    const size = ({ size: bytes }: HistoryEntry) => humanSize(bytes);
    const format = await readFormat(flags.format, {
      name: 'history',
      type: 'images.historyReporter',
      fields: {
        ID: idOf,
        Created: created,
        CreatedAt: ({ createdAt }: HistoryEntry) => goTime(createdAt.replace(/\.\d+Z$/, 'Z')),
        CreatedSince: since,
        CreatedBy: ['CREATED BY', by],
        Size: size,
        Comment: ({ comment }: HistoryEntry) => comment,
        Tags: ({ tags }: HistoryEntry) => tags,
      },
    });
    const entries = await (await runtime()).images.history(reference);
    if (format === 'json') output.json(entries.map(describe), 0);
    else if (format !== undefined) output.text(format(entries));
    else if (flags.quiet) for (const entry of entries) output.line(idOf(entry));
    else {
      const columns = [
        { title: 'ID', cell: idOf },
        { title: 'CREATED', cell: created },
        { title: 'CREATED BY', cell: by },
        { title: 'SIZE', cell: size },
        { title: 'COMMENT', cell: ({ comment }: HistoryEntry) => comment },
      ];
      output.table(columns, entries, { heading: true, whole: flags['no-trunc'] });
    }
    return 0;
  },
});

/** podman's document of a step. */
function describe({ id = missing, createdAt, createdBy, size, comment }: HistoryEntry) {
  return {
    id,
    created: createdAt,
    CreatedBy: createdBy,
    size,
    ...(comment !== '' && { comment }),
    Created: createdAt.replace(/\.\d+Z$/, 'Z'),
  };
}
