import type { Socket } from 'node:net';

/** What conmon says over one of its pipes: a pid, an exit code, or a negative number with a text. */
export interface ConmonMessage {
  readonly data: number;
  readonly message?: string | undefined;
}

export interface MessageReader {
  /** The next message; undefined at the end. One call at a time. */
  next(): Promise<ConmonMessage | undefined>;
  /** From now on waiting for a message does not keep the process alive. */
  unref(): void;
  /** Ends the pipe. */
  close(): void;
}

/** Reads messages, one JSON document a line. Several may come at once, and one in parts. */
export function readMessages(pipe: Socket): MessageReader {
  const lines: string[] = [];
  let partial = '';
  let isAtEnd = false;
  let wake: (() => void) | undefined;

  pipe.setEncoding('utf8');
  pipe.on('data', (text: string) => {
    const parts = (partial + text).split('\n');
    partial = parts.pop() ?? '';
    lines.push(...parts.filter((line) => line !== ''));
    wake?.();
  });
  pipe.on('error', () => undefined); // conmon died with something of ours unread; what there is to know is that the pipe is at its end
  pipe.once('close', () => {
    isAtEnd = true;
    wake?.();
  });

  return {
    async next() {
      while (lines.length === 0 && !isAtEnd) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      const line = lines.shift();
      return line === undefined ? undefined : parseMessage(line);
    },
    unref: () => pipe.unref(),
    close: () => pipe.destroy(),
  };
}

function parseMessage(line: string): ConmonMessage {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'number') {
      const message = 'message' in value && typeof value.message === 'string' ? value.message : undefined;
      return { data: value.data, message };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // conmon escapes only what it thinks of; a text it could not write as JSON is still a failure's text.
  return { data: -1, message: line };
}
