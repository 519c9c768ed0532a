import { type LogEntry, type LogOptions, parseTime, shortId } from '@tspod/core';
import { latestFlag } from '../container-flags.ts';
import { namedContainers } from '../containers.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import type { Output } from '../output.ts';

const newline = Buffer.from('\n');
const bufferSize = 64 * 1024;

export const command = defineCommand({
  description: ['Shows what the processes of containers wrote to stdout and stderr, each on the same stream here.'],
  usage: '[options] CONTAINER [CONTAINER...]',
  examples: ['logs web', 'logs --tail 2 web', 'logs --follow --since 10m web db'],
  flags: {
    color: { kind: 'bool', help: 'Give each container a color' },
    latest: latestFlag,
    names: { kind: 'bool', shorthand: 'n', help: 'Call several containers by their names, not by their ids' },
    follow: { kind: 'bool', shorthand: 'f', help: 'Go on with what is written from now on' },
    since: { kind: 'string', help: 'Begin at this time, or this duration ago' },
    tail: { kind: 'int', default: -1, help: 'Begin with the last so many lines; -1: with the first' },
    timestamps: { kind: 'bool', shorthand: 't', help: 'Put its time before each line' },
    until: { kind: 'string', help: 'End at this time, or this duration from now' },
  },
  positional: {
    ...atLeast(1, 'specify at least one container name or ID to log'),
    replacedBy: 'latest',
    notWithReplacement: '--latest and containers cannot be used together',
  },
  async run({ flags, positional, context }) {
    const now = Date.now();
    const moment = (text: string | undefined, option: '--since' | '--until') =>
      text === undefined
        ? undefined
        : new Date(parseTime(text, { now, direction: option === '--since' ? 'past' : 'future', option }));
    const options: LogOptions = {
      follow: flags.follow,
      tail: flags.tail < 0 ? undefined : flags.tail,
      since: moment(flags.since, '--since'),
      until: moment(flags.until, '--until'),
    };
    const runtime = await context.runtime();
    const containers = flags.latest
      ? [await runtime.latestContainer()]
      : (await namedContainers(runtime, positional)).map(({ container }) => container);
    const printers = containers.map(({ id, name }, index) => {
      const prefix = containers.length === 1 ? '' : `${flags.names ? name : shortId(id)} `;
      const color = flags.color ? colors[index % colors.length] : undefined;
      return new LogPrinter(context.output, { prefix, color, timestamps: flags.timestamps, eager: flags.follow });
    });
    const logs = containers.map((container) => container.logs(options));
    if (flags.follow) await Promise.all(logs.map((log, index) => print(log, printers[index] as LogPrinter)));
    else await printInOrder(logs, printers);
    return 0;
  },
});

/** Escape sequences by the place of the container, as podman has them. */
const colors = [37, 31, 33, 34, 35, 36, 32].map((code) => `\x1b[${code}m`);
const plain = '\x1b[0m';

async function print(log: AsyncIterable<LogEntry>, printer: LogPrinter): Promise<void> {
  for await (const entry of log) printer.entry(entry);
  printer.flush();
}

/** Of what each log has next, the oldest. */
async function printInOrder(logs: readonly AsyncIterable<LogEntry>[], printers: readonly LogPrinter[]): Promise<void> {
  const sources = logs.map((log, index) => ({ log: log[Symbol.asyncIterator](), printer: printers[index] as LogPrinter }));
  const waiting = await Promise.all(sources.map(async (source) => ({ ...source, next: await source.log.next() })));
  let last: LogPrinter | undefined;
  for (;;) {
    const live = waiting.filter(({ next }) => !next.done);
    const [first, ...others] = live;
    if (first === undefined) break;
    const oldest = others.reduce((best, one) => (timeOf(one.next.value) < timeOf(best.next.value) ? one : best), first);
    if (last !== undefined && last !== oldest.printer) last.flush();
    last = oldest.printer;
    oldest.printer.entry(oldest.next.value as LogEntry);
    oldest.next = await oldest.log.next();
  }
  last?.flush();
}

/** Comparable, to the nanosecond: logs of one machine, with one zone, mostly; else to the millisecond. */
function timeOf({ time }: LogEntry): string {
  return `${new Date(time).toISOString().slice(0, 19)}${/\.\d+/.exec(time)?.[0] ?? ''}`;
}

interface LogStyle {
  readonly prefix: string;
  /** Escape sequence that begins it. */
  readonly color: string | undefined;
  readonly timestamps: boolean;
  /** Write each entry at once, because the next one may be long in coming. */
  readonly eager: boolean;
}

/** Writes log entries to the streams that they came from, in their order, with few system calls. */
class LogPrinter {
  readonly #output: Output;
  readonly #style: LogStyle;
  #stream: LogEntry['stream'] = 'stdout';
  #pending: Uint8Array[] = [];
  #size = 0;
  /** Whether the last entry of the stream left its line open. */
  readonly #midLine = { stdout: false, stderr: false };

  constructor(output: Output, style: LogStyle) {
    this.#output = output;
    this.#style = style;
  }

  entry({ stream, time, text, partial }: LogEntry): void {
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    const { color } = this.#style;
    const head = this.#midLine[stream]
      ? ''
      : `${color ?? ''}${this.#style.prefix}${this.#style.timestamps ? `${time.replace(/\+00:00$/, 'Z')} ` : ''}`;
    if (head !== '') this.#push(Buffer.from(head));
    this.#push(text);
    if (!partial) this.#push(color === undefined ? newline : Buffer.from(`${plain}\n`));
    this.#midLine[stream] = partial;
    if (this.#style.eager || this.#size >= bufferSize) this.flush();
  }

  flush(): void {
    if (this.#size > 0) this.#output.bytes(this.#stream, Buffer.concat(this.#pending));
    this.#pending = [];
    this.#size = 0;
  }

  #push(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#size += bytes.length;
  }
}
