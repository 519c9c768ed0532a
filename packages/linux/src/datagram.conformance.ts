import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sendDatagram } from './datagram.ts';

/** Says "ready" when the socket is there, then writes one datagram out. */
const receiver = `
import os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
os.chdir(sys.argv[1])
receiver.bind("\\0" + sys.argv[2][1:] if sys.argv[2].startswith("@") else sys.argv[2])
sys.stdout.write("ready")
sys.stdout.flush()
sys.stdout.write(receiver.recv(4096).decode())
`;

function lineOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))));
}

describe('sendDatagram', () => {
  const directory = mkdtempSync('/var/tmp/tspod-datagram-');
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each([
    ['a path', '', 'socket'],
    ['a path that is longer than a socket address', 'd'.repeat(200), 'socket'],
    ['a name without a file', '', `@tspod-${process.pid}`],
  ])('reaches %s', async (_, below, name) => {
    const place = join(directory, below);
    mkdirSync(place, { recursive: true });
    const child = spawn('python3', ['-c', receiver, place, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await lineOf(child)).toBe('ready');
    sendDatagram(name.startsWith('@') ? name : join(place, name), 'MAINPID=1\nREADY=1');
    expect(await lineOf(child)).toBe('MAINPID=1\nREADY=1');
  });

  test('tells when nobody receives', () => {
    expect(() => sendDatagram(join(directory, 'nosuch'), 'x')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => sendDatagram(join(directory, 'd'.repeat(200), 'nosuch'), 'x')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(() => sendDatagram('@nobody-has-this', 'x')).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
  });
});
