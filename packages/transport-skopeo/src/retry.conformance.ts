import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Registry, startRegistry, writeBusyboxArchive } from '@tspod/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSkopeoTransport } from './create-skopeo-transport.ts';

/** What happens to a request in place of an answer: a status, an answer that breaks off half-way, or the end of the connection. */
type Trouble = number | 'breaks off' | 'hangs up';

/** A registry that answers through a server which makes trouble. */
let registry: Registry;
let server: Server;
let host: string;
let directory: string;
/** Asked for each request. */
let trouble: (request: IncomingMessage) => Trouble | undefined;
let asked: string[];

beforeAll(async () => {
  directory = mkdtempSync('/var/tmp/tspod-retry-');
  registry = await startRegistry(join(directory, 'registry'));
  server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const what = trouble(incoming);
    if (what === 'hangs up') return void outgoing.destroy();
    if (typeof what === 'number') return void outgoing.writeHead(what).end('{}');
    const [hostname, port] = registry.host.split(':');
    const { method, url, headers } = incoming;
    const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (what === undefined) return void answer.pipe(outgoing);
      // what came before has time to arrive
      answer.once('data', (bytes: Buffer) => outgoing.write(bytes.subarray(0, bytes.length / 2)));
      setTimeout(() => outgoing.destroy(), 300);
    });
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await registry[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  trouble = () => undefined;
  asked = [];
});

let number = 0;

/** The transport of an empty store. */
function emptyStore() {
  number += 1;
  const place = join(directory, `store-${number}`);
  mkdirSync(join(place, 'temporary'), { recursive: true });
  const graphRoot = join(place, 'graph');
  const transport = createSkopeoTransport({
    graphRoot,
    runRoot: join(place, 'run'),
    temporaryDirectory: join(place, 'temporary'),
  });
  return { transport, graphRoot };
}

/** Makes the trouble for so many of the requests that fit, and none after. */
function spoil(method: string, url: RegExp, what: Trouble, times = 1): void {
  let left = times;
  trouble = (incoming) => {
    if (incoming.method !== method || !url.test(incoming.url ?? '') || left === 0) return undefined;
    left -= 1;
    return what;
  };
}

const layers: Record<string, string>[] = [
  { first: randomBytes(50_000).toString('latin1') },
  { second: randomBytes(2_000_000).toString('latin1') },
];

async function push(onWarning?: (text: string) => void) {
  const { transport } = emptyStore();
  const path = join(directory, 'image.tar');
  writeBusyboxArchive(path, { name: 'localhost/image:1', layers });
  const [image] = await transport.load({ path });
  const name = `${host}/retry/image-${number}:1`;
  await transport.push({ imageId: image?.id ?? '', destination: `docker://${name}`, tlsVerify: false, onWarning });
  return name;
}

async function pull(name: string, signal?: AbortSignal) {
  const { transport, graphRoot } = emptyStore();
  const warnings: string[] = [];
  asked = [];
  await transport.pull({
    ...{ source: `docker://${name}`, name, tlsVerify: false, signal },
    onWarning: (text) => warnings.push(text),
  });
  const images = JSON.parse(readFileSync(join(graphRoot, 'overlay-images/images.json'), 'utf8'));
  expect(images).toMatchObject([{ names: [name] }]);
  return warnings;
}

afterEach(() => expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(directory));

describe('a registry in trouble', () => {
  it.each([
    ['hangs up', /\/manifests\//, 'hangs up'],
    ['is too busy', /\/manifests\//, 503],
    ['has no gateway for a blob', /\/blobs\//, 502],
    ['breaks a blob off', /\/blobs\//, 'breaks off'],
  ] as const)('is asked again when it %s', async (_, url, what) => {
    const name = await push();
    spoil('GET', url, what, 2);
    expect(await pull(name)).toEqual([
      expect.stringMatching(/^Failed, retrying in 1s \.\.\. \(1\/3\): \S/),
      expect.stringMatching(/^Failed, retrying in 1s \.\.\. \(2\/3\): \S/),
    ]);
  });

  it('gives again only the layers that have not come', async () => {
    const name = await push();
    const repository = name.slice(host.length + 1, -':1'.length);
    const answer = await fetch(`http://${host}/v2/${repository}/manifests/1`, {
      headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    });
    const manifest = JSON.parse(await answer.text());
    const digests: string[] = manifest.layers.map(({ digest }: { digest: string }) => digest);
    spoil('GET', new RegExp(`${digests.at(-1)}$`), 'breaks off');
    expect(await pull(name)).toHaveLength(1);
    const times = digests.map((digest) => asked.filter((line) => line.startsWith('GET') && line.endsWith(digest)).length);
    expect(times).toEqual([...digests.slice(1).map(() => 1), 2]);
  });

  it('is given an image again, too', async () => {
    spoil('PUT', /\/manifests\//, 503);
    const warnings: string[] = [];
    const name = await push((text) => warnings.push(text));
    expect(warnings).toHaveLength(1);
    expect(await pull(name)).toEqual([]);
  });

  it('is given up after three times', async () => {
    const name = await push();
    spoil('GET', /\/manifests\//, 503, Infinity);
    await expect(pull(name)).rejects.toMatchObject({ code: 'transfer-failed', message: expect.stringContaining('503') });
    expect(asked.filter((line) => line.includes('/manifests/'))).toHaveLength(4);
  });

  it('is not asked again for what it does not have or refuses, nor when nobody waits any more', async () => {
    const name = await push();
    await expect(pull(name.replace(/1$/, '2'))).rejects.toMatchObject({ code: 'no-such-remote-image' });
    expect(asked.filter((line) => line.includes('/manifests/'))).toHaveLength(1);
    spoil('GET', /\/manifests\//, 403, Infinity);
    await expect(pull(name)).rejects.toThrow();
    expect(asked.filter((line) => line.includes('/manifests/'))).toHaveLength(1);
    spoil('GET', /\/manifests\//, 503, Infinity);
    await expect(pull(name, AbortSignal.timeout(500))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(asked.filter((line) => line.includes('/manifests/'))).toHaveLength(1);
  });
});
