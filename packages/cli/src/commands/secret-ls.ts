import { humanDuration, parseFilters, type SecretSummary } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Report } from '../format/template-report.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Lists secrets, by name.'],
  usage: '[options]',
  examples: ['secret ls', 'secret ls --filter name=web --quiet'],
  flags: {
    filter: { kind: 'strings', shorthand: 'f', metavar: 'KEY=VALUE', help: 'Only secrets that fit: id, name' },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the ids' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const now = Date.now();
    const format = await readFormat(flags.format, report(now), { heading: !flags.noheading });
    const listed = await (await runtime()).secrets.list({ filters: parseFilters(flags.filter) });
    if (flags.quiet) for (const { id } of listed) output.line(id);
    else if (format === 'json')
      output.json(
        listed.map((secret) => describe(secret, now)),
        2,
      );
    else if (format !== undefined) output.text(format(listed));
    else output.table(columns(now), listed, { heading: !flags.noheading });
    return 0;
  },
});

function describe(secret: SecretSummary, now: number) {
  return {
    ID: secret.id,
    Name: secret.name,
    Driver: secret.driver,
    CreatedAt: ago(secret.createdAt, now),
    UpdatedAt: ago(secret.updatedAt, now),
  };
}

function columns(now: number) {
  return [
    { title: 'ID', cell: ({ id }: SecretSummary) => id },
    { title: 'NAME', cell: ({ name }: SecretSummary) => name },
    { title: 'DRIVER', cell: ({ driver }: SecretSummary) => driver },
    { title: 'CREATED', cell: ({ createdAt }: SecretSummary) => ago(createdAt, now) },
    { title: 'UPDATED', cell: ({ updatedAt }: SecretSummary) => ago(updatedAt, now) },
  ];
}

function report(now: number): Report<SecretSummary> {
  return {
    name: 'ls',
    type: '*entities.SecretListReport',
    fields: {
      CreatedAt: ['CREATED', ({ createdAt }) => ago(createdAt, now)],
      Driver: ({ driver }) => driver,
      ID: ['ID', ({ id }) => id],
      Name: ({ name }) => name,
      UpdatedAt: ['UPDATED', ({ updatedAt }) => ago(updatedAt, now)],
    },
  };
}

function ago(iso: string, now: number): string {
  return `${humanDuration(now - Date.parse(iso))} ago`;
}
