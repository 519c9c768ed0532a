import { type Container, type LogEntry, type LogOptions, parseTime, shortId } from '@tspod/core';
import type { FlagTable, FlagValues } from './grammar/flags.ts';
import type { Output } from './output.ts';

const newline = Buffer.from('\n');
const bufferSize = 64 * 1024;

/** Flags of the commands that show logs. */
export const logFlags = {
  color: { kind: 'bool', help: 'Give each container a color' },
  follow: { kind: 'bool', shorthand: 'f', help: 'Go on with what is written from now on' },
  names: { kind: 'bool', shorthand: 'n', help: 'Call several containers by their names, not by their ids' },
  since: { kind: 'string', help: 'Begin at this time, or this duration ago' },
  tail: { kind: 'int', default: -1, help: 'Begin with the last so many lines; -1: with the first' },
  timestamps: { kind: 'bool', shorthand: 't', help: 'Put its time before each line' },
  until: { kind: 'string', help: 'End at this time, or this duration from now' },
} as const satisfies FlagTable;

type LogFlags = FlagValues<typeof logFlags>;

/** What the flags ask for. @throws {InvalidArgumentError} for a text that is no time. */
export function logOptions(flags: Pick<LogFlags, 'follow' | 'tail' | 'since' | 'until'>): LogOptions {
  const now = Date.now();
  const moment = (text: string | undefined, option: '--since' | '--until') =>
    text ? new Date(parseTime(text, { now, direction: option === '--since' ? 'past' : 'future', option })) : undefined;
  return {
    follow: flags.follow,
    tail: flags.tail < 0 ? undefined : flags.tail,
    since: moment(flags.since, '--since'),
    until: moment(flags.until, '--until'),
  };
}

export interface LogPrintOptions extends Pick<LogFlags, 'color' | 'names' | 'timestamps'> {
  readonly options: LogOptions;
  /** Put the container's id, or name, before each line. */
  readonly prefixed: boolean;
}

/** Prints the logs of containers: together, in the order of their lines' times; when following, as they come. */
export async function printLogs(
  containers: readonly Container[],
  output: Output,
  { options, prefixed, names, color, timestamps }: LogPrintOptions,
): Promise<void> {
  const printers = containers.map(
    ({ id, name }, index) =>
      new LogPrinter(output, {
        prefix: prefixed ? `${names ? name : shortId(id)} ` : '',
        color: color ? colors[index % colors.length] : undefined,
        timestamps,
        eager: options.follow ?? false,
      }),
  );
  const logs = containers.map((container) => container.logs(options));
  if (options.follow) await Promise.all(logs.map((log, index) => print(log, printers[index] as LogPrinter)));
  else await printInOrder(logs, printers);
}

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
    if (last !== undefined && last !== oldest.printer) last.endLine();
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

  /** Somebody else goes on: a line that is open comes to its end. */
  endLine(): void {
    if (this.#midLine[this.#stream]) this.#push(newline);
    this.#midLine[this.#stream] = false;
    this.flush();
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
