import { describe, expect, test } from 'vitest';
import type { AttachConnection } from '../contracts/container-monitor.ts';
import { Attachment } from './attachment.ts';
import type { AttachOptions } from './io.ts';

/** A connection whose other end the test plays. */
function connection() {
  const written: string[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let halfClosed = false;
  const made: AttachConnection = {
    write: async (chunk) => {
      written.push(Buffer.from(chunk).toString());
    },
    closeStdin: async () => {
      halfClosed = true;
    },
    ended,
    close: () => end(),
  };
  return { made, written, end: () => end(), isHalfClosed: () => halfClosed };
}

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

function begin(options: Partial<AttachOptions>) {
  const other = connection();
  const attachment = new Attachment({ onOutput: () => undefined, ...options }, 'ctrl-p,ctrl-q');
  const handle = attachment.drive(other.made, async () => undefined);
  return { ...other, client: attachment.client, handle };
}

describe('an attachment', () => {
  test('gives stdin to the process and half-closes at its end', async () => {
    const { handle, written, end, isHalfClosed } = begin({ stdin: chunks('a', 'b') });
    setTimeout(end, 10);
    expect(await handle.done).toBe('ended');
    expect(written).toEqual(['a', 'b']);
    expect(isHalfClosed()).toBe(true);
  });

  test('ends with the streams even while stdin has nothing to say', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const { handle, end } = begin({ stdin: silent });
    end();
    expect(await handle.done).toBe('ended');
  });

  test('a caller who detaches, or disposes of it, ends it and nothing else', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const { handle, written, isHalfClosed } = begin({ stdin: silent });
    await handle.detach();
    expect(await handle.done).toBe('detached');
    expect([written, isHalfClosed()]).toEqual([[], false]);
    const other = begin({});
    {
      await using _ = other.handle;
    }
    expect(await other.handle.done).toBe('detached');
    other.end();
    await other.handle.detach();
  });

  test('the detach keys end it, and do not reach the process', async () => {
    const { handle, written, isHalfClosed } = begin({ stdin: chunks('x\x10', '\x11rest') });
    expect(await handle.done).toBe('detached');
    expect(written).toEqual(['x']);
    expect(isHalfClosed()).toBe(false);
  });

  test('a failing consumer of output ends it with that failure', async () => {
    const { handle, client } = begin({ onOutput: () => Promise.reject(new Error('no room')) });
    await client.onOutput('stdout', Buffer.from('x'));
    await expect(handle.done).rejects.toThrow('no room');
  });

  test('a failing stdin ends it with that failure', async () => {
    const failing = (async function* () {
      yield Buffer.from('x');
      throw new Error('unreadable');
    })();
    await expect(begin({ stdin: failing }).handle.done).rejects.toThrow('unreadable');
  });

  test('an aborted signal ends it with its reason, also when it was aborted before', async () => {
    const controller = new AbortController();
    const { handle } = begin({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(handle.done).rejects.toThrow('enough');
    await expect(begin({ signal: AbortSignal.abort(new Error('never')) }).handle.done).rejects.toThrow('never');
  });
});
