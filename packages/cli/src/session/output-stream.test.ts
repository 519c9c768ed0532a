import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutputStream } from './output-stream.ts';

let directory: string;
let fifo: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-cli-'));
  fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('a slow reader gets every byte, and the event loop goes on meanwhile', async () => {
  const reader = spawn('sh', ['-c', `exec < ${fifo}; sleep 0.3; sha256sum`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let answer = '';
  reader.stdout.on('data', (chunk) => {
    answer += chunk;
  });
  const end = new Promise((resolve) => reader.on('close', resolve));
  const descriptor = openSync(fifo, constants.O_WRONLY);
  const stream = new OutputStream(descriptor);
  const bytes = randomBytes(1_000_000);
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 10);
  const small = stream.write(bytes.subarray(0, 100));
  const first = stream.write(bytes.subarray(100, 500_000));
  const second = stream.write(bytes.subarray(500_000));
  expect(small).toBeUndefined();
  expect(first).toBeInstanceOf(Promise);
  await Promise.all([first, second]);
  await stream.flush();
  clearInterval(ticking);
  stream[Symbol.dispose]();
  closeSync(descriptor);
  await end;
  expect(answer).toBe(`${digest(bytes)}  -\n`);
  expect(ticks).toBeGreaterThan(10);
});

test('a reader that went away is an EPIPE', async () => {
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(fifo, constants.O_WRONLY);
  const stream = new OutputStream(descriptor);
  closeSync(reader);
  expect(() => stream.write(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'EPIPE' }));
  stream[Symbol.dispose]();
  closeSync(descriptor);
});

test('a file takes everything at once, from where it stands', () => {
  const path = join(directory, 'file');
  const descriptor = openSync(path, 'a');
  const stream = new OutputStream(descriptor);
  expect(stream.write(Buffer.from('one '))).toBeUndefined();
  expect(stream.write(Buffer.from('two'))).toBeUndefined();
  stream[Symbol.dispose]();
  closeSync(descriptor);
  expect(readFileSync(path, 'utf8')).toBe('one two');
});
