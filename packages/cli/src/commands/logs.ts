import { type Container, InvalidArgumentError, type LogEntry, type LogOptions, parseTime, shortId } from '@tspod/core';
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
    follow: { kind: 'bool', shorthand: 'f', help: 'Go on with what is written from now on' },
    since: { kind: 'string', help: 'Begin at this time, or this duration ago' },
    tail: { kind: 'int', default: -1, help: 'Begin with the last so many lines; -1: with the first' },
    timestamps: { kind: 'bool', shorthand: 't', help: 'Put its time before each line' },
    until: { kind: 'string', help: 'End at this time, or this duration from now' },
  },
  positional: atLeast(1, 'specify at least one container name or ID to log'),
  async run({ flags, positional, context }) {
    const now = Date.now();
    const moment = (text: string | undefined, option: '--since' | '--until') =>
      text === undefined
        ? undefined
        : new Date(parseTime(text, { now, direction: option === '--since' ? 'past' : 'future', option }));
    if (flags.tail < -1) throw new InvalidArgumentError(`--tail can't be ${flags.tail}`, { code: 'invalid-option' });
    const options: LogOptions = {
      follow: flags.follow,
      tail: flags.tail === -1 ? undefined : flags.tail,
      since: moment(flags.since, '--since'),
      until: moment(flags.until, '--until'),
    };
    const targets = await namedContainers(await context.runtime(), positional);
    const printers = targets.map(({ container }) => {
      const prefix = targets.length > 1 ? `${shortId(container.id)} ` : '';
      return () =>
        print(container, options, new LogPrinter(context.output, { prefix, timestamps: flags.timestamps, eager: flags.follow }));
    });
    if (flags.follow) await Promise.all(printers.map((printer) => printer()));
    else for (const printer of printers) await printer();
    return 0;
  },
});

async function print(container: Container, options: LogOptions, printer: LogPrinter): Promise<void> {
  for await (const entry of container.logs(options)) printer.entry(entry);
  printer.flush();
}

interface LogStyle {
  readonly prefix: string;
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
    const head = this.#midLine[stream]
      ? ''
      : `${this.#style.prefix}${this.#style.timestamps ? `${time.replace(/\+00:00$/, 'Z')} ` : ''}`;
    if (head !== '') this.#push(Buffer.from(head));
    this.#push(text);
    if (!partial) this.#push(newline);
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
