import type { Considered, RuntimeInfo } from '@tspod/core';
import { readDocumentFormat } from '../format/report.ts';
import { formatYaml } from '../format/yaml.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Shows the host, the store, and which storage, runtime, monitor and transport were considered and chosen, and why the',
    'others were not.',
  ],
  usage: '[options]',
  examples: ['info', 'info --format json'],
  flags: { format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of YAML' } },
  positional: noArguments,
  async run({ flags, context }) {
    const format = await readDocumentFormat(flags.format, { name: 'info', type: '*define.Info' });
    const info = await (await context.runtime()).info();
    const document = { ...info, backends: describeBackends(info.backends) };
    if (format === 'json') context.output.json(document, 2);
    else if (format !== undefined) context.output.text(format([document]));
    else context.output.text(formatYaml(document));
    return 0;
  },
});

function describeBackends(backends: RuntimeInfo['backends']) {
  return Object.fromEntries(Object.entries(backends).map(([role, considered]) => [role, describe(considered)]));
}

function describe(considered: readonly Considered[]) {
  return considered.map(({ name, usability, chosen, reason }) => {
    if (chosen) return { name, status: 'chosen' };
    return { name, status: usability.usable ? 'usable' : 'not usable', reason };
  });
}
