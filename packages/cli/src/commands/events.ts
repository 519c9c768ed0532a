import { type EngineEvent, type EventReadOptions, parseFilters, parseTime, shortId } from '@tspod/core';
import { readFormat } from '../format/report.ts';
import type { Report } from '../format/template-report.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Shows what happens to containers, images and the rest, as it happens, whoever does it.',
    'With --since or --until also what has happened before, across reboots.',
  ],
  usage: '[options]',
  examples: ['events', 'events --filter event=died --filter container=web', 'events --since 1h --stream=false --format json'],
  flags: {
    filter: {
      kind: 'stringArray',
      shorthand: 'f',
      metavar: 'KEY=VALUE',
      help: 'Only events that fit: container, event, image, label, network, pod, secret, type, volume',
    },
    format: { kind: 'string', help: 'json or a Go template, one line for each' },
    'no-trunc': { kind: 'bool', default: true, help: 'Whole ids' },
    since: { kind: 'string', help: 'Begin at this time, or this duration ago' },
    stream: { kind: 'bool', default: true, help: 'Go on with what comes; otherwise end with what is known' },
    until: { kind: 'string', help: 'End at this time, or this duration from now' },
  },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const format = await readFormat(flags.format, report);
    const filters = parseFilters(flags.filter);
    const range = rangeOf(flags);
    const line = (event: EngineEvent) => describe(event, { truncated: !flags['no-trunc'] });
    for await (const event of (await runtime()).events({ ...range, filters })) {
      if (format === 'json') output.line(JSON.stringify(document(event)));
      else if (format !== undefined) output.text(format([event]));
      else output.line(line(event));
    }
    return 0;
  },
});

interface RangeFlags {
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly stream: boolean;
}

/** Who only waits for what comes is not told what has been. */
function rangeOf({ since, until, stream }: RangeFlags): EventReadOptions {
  const now = Date.now();
  const begin = since === undefined ? undefined : parseTime(since, { now, direction: 'past', option: '--since' });
  const end = until === undefined ? undefined : parseTime(until, { now, direction: 'future', option: '--until' });
  const onlyNew = stream && begin === undefined && end === undefined;
  return { since: onlyNew ? now : begin, until: end, follow: stream };
}

/** podman's line: the time as Go prints it, type, action, id, and what else there is, by name. */
function describe(event: EngineEvent, { truncated }: { readonly truncated: boolean }): string {
  const { type, action, name, image, podId, network, healthStatus, attributes } = event;
  const id = truncated && event.id !== '' ? shortId(event.id) : event.id;
  const head = `${goEventTime(event.time)} ${type} ${action} ${id}`;
  const given = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  switch (type) {
    case 'container': {
      const health = healthStatus === undefined ? [] : [`health_status=${healthStatus}`];
      const pod = podId === undefined ? [] : [`pod_id=${podId}`];
      return `${head} (${[`image=${image ?? ''}`, `name=${name}`, ...health, ...pod, ...given].join(', ')})`;
    }
    case 'pod':
      return `${head} (${[`image=${image ?? ''}`, `name=${name}`, ...given].join(', ')})`;
    case 'network':
      return `${head} (container=${id}, name=${network ?? name})`;
    case 'volume':
    case 'secret':
      return `${goEventTime(event.time)} ${type} ${action} ${name}`;
    case 'system':
      return name === '' ? `${goEventTime(event.time)} ${type} ${action}` : `${head} ${name}`;
    case 'image':
      return `${head} ${name}`;
  }
}

/** podman's document: a field that is empty is left out. */
function document({ type, action, id, name, time, attributes, image, exitCode, podId, network, healthStatus }: EngineEvent) {
  return {
    ContainerExitCode: exitCode === 0 ? undefined : exitCode,
    ID: id === '' ? undefined : id,
    Image: image,
    Name: name === '' ? undefined : name,
    Network: network,
    Status: action,
    Time: withoutTrailingZeros(time),
    Type: type,
    HealthStatus: healthStatus,
    PodID: podId,
    Attributes: type === 'container' || type === 'pod' ? attributes : null,
  };
}

const report: Report<EngineEvent> = {
  name: 'events',
  type: '*events.Event',
  fields: {
    Attributes: ({ attributes }) => attributes,
    ContainerExitCode: ({ exitCode }) => exitCode ?? 0,
    HealthStatus: ({ healthStatus }) => healthStatus ?? '',
    ID: ({ id }) => id,
    Image: ({ image }) => image ?? '',
    Name: ({ name }) => name,
    Network: ({ network }) => network ?? '',
    PodID: ({ podId }) => podId ?? '',
    Status: ({ action }) => action,
    Time: ({ time }) => goEventTime(time),
    Type: ({ type }) => type,
  },
};

/** `2026-11-24 04:05:46.123456 +0000 UTC`. */
function goEventTime(time: string): string {
  return `${withoutTrailingZeros(time).replace('T', ' ').replace(/Z$/, '')} +0000 UTC`;
}

function withoutTrailingZeros(time: string): string {
  return time.replace(/\.?0+Z$/, 'Z');
}
