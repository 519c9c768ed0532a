import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSeqpacket, type PacketConnection } from './seqpacket.ts';
import { runsSources, startProgram, startScript, type TestProcess } from './test-process.ts';

/**
 * A peer that shares no code with ours. After each client it says what it got: the number of packets, the longest, all bytes.
 *   echo    returns every packet, then one packet `end`
 *   slow    waits for a line of input before it reads; then as `echo`, but returns nothing
 *   burst   sends 5000 numbered packets and closes at once
 *   deaf    accepts nobody
 *   one     sends one packet and closes only after a line of input
 */
const peerSource = `
use strict; use Socket; $| = 1; $SIG{PIPE} = 'IGNORE';
my ($mode, $directory) = @ARGV;
chdir $directory or die;
socket(my $server, AF_UNIX, SOCK_SEQPACKET, 0) or die;
bind($server, pack_sockaddr_un('socket')) or die;
listen($server, $mode eq 'deaf' ? 0 : 10) or die;
print "ready\\n";
if ($mode eq 'deaf') { <STDIN>; exit 0 }
while (accept(my $client, $server)) {
  my ($packets, $longest, $bytes) = (0, 0, 0);
  if ($mode eq 'burst') { for my $n (1 .. 5000) { syswrite($client, "packet $n") or die } }
  if ($mode eq 'one') { syswrite($client, 'the only one'); <STDIN> }
  <STDIN> if $mode eq 'slow';
  while ($mode eq 'echo' || $mode eq 'slow') {
    my $length = sysread($client, my $packet, 1 << 20);
    last unless $length;
    $packets++; $bytes += $length; $longest = $length if $length > $longest;
    syswrite($client, $packet) or die if $mode eq 'echo';
  }
  print "$packets $longest $bytes\\n";
  syswrite($client, 'end') if $mode eq 'echo';
  close $client;
}
`;

type Mode = 'echo' | 'slow' | 'burst' | 'deaf' | 'one';

describe('a packet connection', () => {
  let directory: string;
  let count = 0;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'seqpacket-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function startPeer(mode: Mode, name = `${count++}`): Promise<{ readonly peer: TestProcess; readonly path: string }> {
    const place = join(directory, name);
    mkdirSync(place);
    const peer = startProgram('perl', '-e', peerSource, mode, place);
    expect(await peer.line()).toBe('ready');
    return { peer, path: join(place, 'socket') };
  }

  function collect(connection: PacketConnection): Buffer[] {
    const packets: Buffer[] = [];
    connection.onPacket((packet) => {
      packets.push(packet);
      return undefined;
    });
    return packets;
  }

  it('carries big transfers both ways, cut into packets that no peer truncates, and ends by half-closing', async () => {
    const { peer, path } = await startPeer('echo');
    await using _ = peer;
    const connection = await connectSeqpacket(path);
    const packets = collect(connection);
    const sent = Buffer.alloc(5_000_001);
    for (let index = 0; index < sent.length; index += 4) sent.writeUInt32LE(index, Math.min(index, sent.length - 4));
    await connection.send(sent.subarray(0, 10));
    await connection.send(new Uint8Array());
    await connection.send(sent.subarray(10));
    await connection.shutdownWrite();
    await connection.ended;
    expect(await peer.line()).toBe(`${1 + Math.ceil((sent.length - 10) / 32768)} 32768 ${sent.length}`);
    expect(packets.pop()?.toString()).toBe('end');
    expect(packets[0]).toHaveLength(10);
    expect(Buffer.concat(packets).equals(sent)).toBe(true);
    await expect(connection.send(sent)).rejects.toMatchObject({ code: 'EPIPE', syscall: 'send', path });
    connection.close();
  });

  it('waits for room without losing the order', async () => {
    const { peer, path } = await startPeer('slow');
    await using _ = peer;
    const connection = await connectSeqpacket(path);
    collect(connection);
    const done: number[] = [];
    const sends = [0, 1, 2, 3].map((n) => connection.send(Buffer.alloc(300_000, n)).then(() => done.push(n)));
    const ended = connection.shutdownWrite().then(() => done.push(4));
    await sleep(100);
    expect(done).toEqual([]);
    peer.say('read now');
    await Promise.all([...sends, ended]);
    expect(done).toEqual([0, 1, 2, 3, 4]);
    expect(await peer.line()).toBe('40 32768 1200000');
    await connection.ended;
    connection.close();
  });

  it('delivers the tail that was sent before the peer closed', async () => {
    const { peer, path } = await startPeer('burst');
    await using _ = peer;
    const connection = await connectSeqpacket(path);
    const packets: string[] = [];
    connection.onPacket(async (packet) => {
      packets.push(packet.toString());
      if (packets.length % 500 === 1) await sleep(1);
    });
    await connection.ended;
    expect(packets).toHaveLength(5000);
    expect(packets.every((packet, index) => packet === `packet ${index + 1}`)).toBe(true);
    connection.close();
  });

  it('delivers what came from a peer that was killed, also with bytes of ours unread', async () => {
    const { peer, path } = await startPeer('one');
    const connection = await connectSeqpacket(path);
    await connection.send(Buffer.from('nobody will read this'));
    await sleep(20);
    await peer.kill();
    const packets = collect(connection);
    await connection.ended;
    expect(packets.map(String)).toEqual(['the only one']);
    await expect(connection.send(Buffer.from('x'))).rejects.toMatchObject({ code: 'EPIPE' });
    await connection.shutdownWrite();
    connection.close();
  });

  it('reads nothing while the handler is busy', async () => {
    const { peer, path } = await startPeer('burst');
    await using _ = peer;
    const connection = await connectSeqpacket(path);
    const gate = Promise.withResolvers<void>();
    let packets = 0;
    connection.onPacket(() => {
      packets++;
      return packets === 10 ? gate.promise : undefined;
    });
    await sleep(100);
    expect(packets).toBe(10);
    gate.resolve();
    await connection.ended;
    expect(packets).toBe(5000);
    connection.close();
  });

  it('lets others run between packets', async () => {
    const { peer, path } = await startPeer('burst');
    await using _ = peer;
    const connection = await connectSeqpacket(path);
    await sleep(100);
    let packets = 0;
    let mostAtOnce = 0;
    let inARow = 0;
    const ticker = setInterval(() => undefined, 1);
    const tick = () => {
      inARow = 0;
      next = setImmediate(tick);
    };
    let next = setImmediate(tick);
    connection.onPacket(() => {
      packets++;
      mostAtOnce = Math.max(mostAtOnce, ++inARow);
      return undefined;
    });
    await connection.ended;
    clearInterval(ticker);
    clearImmediate(next);
    expect(packets).toBe(5000);
    expect(mostAtOnce).toBeLessThanOrEqual(128);
    connection.close();
  });

  it('is closed by a handler that fails', async () => {
    for (const fail of [
      () => Promise.reject(new Error('full disk')),
      () => {
        throw new Error('full disk');
      },
    ]) {
      const { peer, path } = await startPeer('echo');
      await using _ = peer;
      const connection = await connectSeqpacket(path);
      connection.onPacket(fail);
      const ended = expect(connection.ended).rejects.toThrow('full disk');
      await connection.send(Buffer.from('x'));
      await ended;
      await expect(connection.send(Buffer.from('x'))).rejects.toMatchObject({ code: 'ECANCELED' });
      expect(await peer.line()).toBe('1 1 1');
    }
  });

  it('breaks what waits when it is closed, and leaves no descriptor', async () => {
    const openSockets = () => readdirSync('/proc/self/fd').filter((fd) => isSocket(fd)).length;
    const { peer, path } = await startPeer('slow');
    await using _ = peer;
    const before = openSockets();
    const connection = await connectSeqpacket(path);
    collect(connection);
    const sending = expect(connection.send(Buffer.alloc(3_000_000))).rejects.toMatchObject({ code: 'ECANCELED' });
    const ending = connection.shutdownWrite();
    expect(openSockets()).toBe(before + 1);
    connection.close();
    connection.close();
    await sending;
    await ending;
    await connection.ended;
    expect(openSockets()).toBe(before);
  });

  it('reaches a socket at a long path', async () => {
    const { peer, path } = await startPeer('burst', `${'long-'.repeat(40)}name`);
    await using _ = peer;
    expect(path.length).toBeGreaterThan(150);
    const connection = await connectSeqpacket(path);
    const packets = collect(connection);
    await connection.ended;
    expect(packets).toHaveLength(5000);
    connection.close();
  });

  it('is refused where nobody listens', async () => {
    const { peer, path } = await startPeer('echo');
    await peer.kill();
    await expect(connectSeqpacket(path)).rejects.toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', path });
    await expect(connectSeqpacket(`${path}-none`)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'connect' });
    await expect(connectSeqpacket(`${directory}/${'x'.repeat(120)}`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('waits for its turn while the queue of the listener is full', async () => {
    const { peer, path } = await startPeer('deaf');
    await using _ = peer;
    const first = await connectSeqpacket(path);
    const signal = AbortSignal.timeout(150);
    await expect(connectSeqpacket(path, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    first.close();
  });

  it.runIf(runsSources)('keeps the process alive while it is open, and no longer', async () => {
    const { peer, path } = await startPeer('one');
    await using _ = peer;
    await using script = startScript(
      `const connection = await linux.connectSeqpacket(args[0]);
      connection.onPacket((packet) => { console.log(String(packet)); });
      connection.ended.then(() => { console.log('ended'); connection.close(); });`,
      path,
    );
    expect(await script.line()).toBe('the only one');
    expect(await Promise.race([script.exited, sleep(200, 'alive')])).toBe('alive');
    peer.say('close');
    expect(await script.line()).toBe('ended');
    expect(await script.exited).toBe(0);
  });
});

function isSocket(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    // The descriptor of the listing itself.
    return false;
  }
}
