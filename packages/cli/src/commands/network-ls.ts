import { inspectNetwork, type NetworkDefinition, parseFilters, shortId } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Report } from '../format/template-report.ts';
import { goTime } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Lists networks, by name.'],
  usage: '[options]',
  examples: ['network ls', 'network ls --filter driver=bridge', 'network ls --format "{{.Name}} {{.Driver}}"'],
  flags: {
    filter: {
      kind: 'stringArray',
      shorthand: 'f',
      metavar: 'KEY=VALUE',
      help: 'Only networks that fit: dangling, driver, id, label, name, until',
    },
    format: { kind: 'string', help: 'json or a Go template, in place of a table' },
    'no-trunc': { kind: 'bool', help: 'Whole ids' },
    noheading: { kind: 'bool', help: 'No line of titles' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Only the names' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const idOf = ({ id }: NetworkDefinition) => (flags['no-trunc'] ? id : shortId(id));
    const format = await readFormat(flags.format, report(idOf), { heading: !flags.noheading });
    const listed = await (await runtime()).networks.list({ filters: parseFilters(flags.filter) });
    if (flags.quiet) for (const { name } of listed) output.line(name);
    else if (format === 'json') output.json(listed.map(inspectNetwork), 2);
    else if (format !== undefined) output.text(format(listed));
    else {
      const columns = [
        { title: 'NETWORK ID', cell: idOf },
        { title: 'NAME', cell: ({ name }: NetworkDefinition) => name },
        { title: 'DRIVER', cell: ({ driver }: NetworkDefinition) => driver },
      ];
      output.table(columns, listed, { heading: !flags.noheading, whole: flags['no-trunc'] });
    }
    return 0;
  },
});

function report(idOf: (network: NetworkDefinition) => string): Report<NetworkDefinition> {
  return {
    name: 'ls',
    type: 'network.ListPrintReports',
    fields: {
      Created: ({ createdAt }) => goTime(createdAt),
      DNSEnabled: ({ dns }) => dns,
      Driver: ({ driver }) => driver,
      ID: ['NETWORK ID', idOf],
      IPAMOptions: ({ ipamDriver }) => ({ driver: ipamDriver }),
      IPv6Enabled: ({ ipv6 }) => ipv6,
      Internal: ({ internal }) => internal,
      Labels: ({ labels }) =>
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .sort()
          .join(','),
      Name: ({ name }) => name,
      NetworkInterface: ({ interfaceName }) => interfaceName,
      Options: ({ options }) => options,
      Subnets: ({ subnets }) => subnets.map(({ subnet }) => subnet),
    },
  };
}
