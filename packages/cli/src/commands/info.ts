import type { Considered, RuntimeInfo } from '@tspod/core';
import type { DocumentShape } from '../format/document-shape.ts';
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
    const format = await readDocumentFormat(flags.format, 'info');
    const info = await (await context.runtime()).info();
    const document = { ...info, backends: describeBackends(info.backends) };
    if (format === 'json') context.output.json(document, 2);
    else if (format !== undefined) context.output.text(format({ document: inGoNames(document), shape }));
    else context.output.text(formatYaml(document));
    return 0;
  },
});

const shape: DocumentShape = { type: '*define.Info', maps: ['Registries', 'Store.GraphOptions', 'Store.GraphStatus'] };

/** The names of podman's templates, which are those of its Go types, where they are not our own with a capital. */
const goNames: Readonly<Record<string, string>> = {
  cgroupVersion: 'CgroupsVersion',
  cpuUtilization: 'CPUUtilization',
  cpus: 'CPUs',
  ociRuntime: 'OCIRuntime',
  gidmap: 'GIDMap',
  idMappings: 'IDMappings',
  os: 'OS',
  slirp4netns: 'Slirp4NetNS',
  apparmorEnabled: 'AppArmorEnabled',
  capabilities: 'DefaultCapabilities',
  seccompEnabled: 'SECCOMPEnabled',
  seccompProfilePath: 'SECCOMPProfilePath',
  selinuxEnabled: 'SELinuxEnabled',
  uidmap: 'UIDMap',
};

/** Whose members are keys, not fields. */
const keptNames: ReadonlySet<string> = new Set(['registries', 'graphOptions', 'graphStatus']);

function inGoNames<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(inGoNames) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [
    goNames[key] ?? key.charAt(0).toUpperCase() + key.slice(1),
    keptNames.has(key) ? member : inGoNames(member),
  ]);
  return Object.fromEntries(members);
}

function describeBackends(backends: RuntimeInfo['backends']) {
  return Object.fromEntries(Object.entries(backends).map(([role, considered]) => [role, describe(considered)]));
}

function describe(considered: readonly Considered[]) {
  return considered.map(({ name, usability, chosen, reason }) => {
    if (chosen) return { name, status: 'chosen' };
    return { name, status: usability.usable ? 'usable' : 'not usable', reason };
  });
}
