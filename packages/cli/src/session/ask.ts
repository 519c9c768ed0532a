import { openSync, readSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { InvalidArgumentError } from '@tspod/core';
import { stdinIsTerminal } from './terminal.ts';

const interrupt = '\u0003';
const endOfFile = '\u0004';
const erase = ['\u007f', '\b'];

/** One line from stdin, which need not be a terminal. Nothing beyond the line is taken. */
export function askLine(question: string): string {
  process.stdout.write(question);
  const bytes: number[] = [];
  const byte = Buffer.alloc(1);
  while (readSync(0, byte) === 1 && byte[0] !== 10) bytes.push(byte[0] ?? 0);
  return Buffer.from(bytes).toString().trim();
}

/** A line that is not shown while it is typed. @throws {InvalidArgumentError} where nobody can type. */
export async function askSecretly(question: string): Promise<string> {
  process.stdout.write(question);
  if (!stdinIsTerminal()) {
    throw new InvalidArgumentError('reading password: inappropriate ioctl for device', {
      code: 'no-terminal',
      hint: 'give it with --password-stdin',
    });
  }
  const terminal = new ReadStream(openSync('/dev/tty', 'r'));
  terminal.setRawMode(true).setEncoding('utf8');
  try {
    let typed = '';
    for await (const keys of terminal) {
      for (const key of String(keys)) {
        if (key === '\r' || key === '\n') return typed;
        if (key === interrupt || key === endOfFile) throw new InvalidArgumentError('interrupted', { code: 'interrupted' });
        typed = erase.includes(key) ? typed.slice(0, -1) : typed + key;
      }
    }
    return typed;
  } finally {
    terminal.setRawMode(false);
    terminal.destroy();
    process.stdout.write('\n');
  }
}
