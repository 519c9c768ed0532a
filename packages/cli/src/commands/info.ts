import type { Considered, RuntimeInfo } from '@tspod/core';
import { formatYaml } from '../format/yaml.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { wantsJson } from '../only-json.ts';

export const command = defineCommand({
  description: [
    'Shows the host, the store, and which storage, runtime, monitor and transport were considered and chosen, and why the',
    'others were not.',
  ],
  usage: '[options]',
  examples: ['info', 'info --format json'],
  flags: { format: { kind: 'string', shorthand: 'f', help: 'json, in place of YAML' } },
  positional: noArguments,
  async run({ flags, context }) {
    const asJson = wantsJson(flags.format);
    const info = await (await context.runtime()).info();
    const document = { ...info, backends: describeBackends(info.backends) };
    if (asJson) context.output.json(document, 2);
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
