import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface RegistryOptions {
  /** HTTPS with a certificate that nobody knows. */
  readonly tls?: boolean;
  /** Who may use it. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** Debian's docker-registry on a loopback port of its own, with its data in a directory of the caller's. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:40123`. */
  readonly host: string;
  /** With `ca.crt`, as `--cert-dir` takes it. */
  readonly certificates: string;
  /** registries.conf in which this registry is the only one to search, and insecure if it has no TLS. */
  readonly registriesConf: string;
}

export async function startRegistry(directory: string, { tls = false, user }: RegistryOptions = {}): Promise<Registry> {
  const certificates = join(directory, 'certificates');
  const keys = join(directory, 'keys');
  for (const path of [certificates, keys]) mkdirSync(path, { recursive: true });
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const http: Record<string, unknown> = { addr: host };
  if (tls) {
    const [certificate, key] = [join(certificates, 'ca.crt'), join(keys, 'key.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', [...request, ...subject], { stdio: 'pipe' });
    Object.assign(http, { tls: { certificate, key } });
  }
  const configuration: Record<string, unknown> = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') } },
    http,
  };
  if (user !== undefined) {
    const path = join(keys, 'htpasswd');
    const script = 'print "$ARGV[0]:" . crypt($ARGV[1], q($2y$05$abcdefghijklmnopqrstuu)) . "\\n"';
    writeFileSync(path, execFileSync('perl', ['-e', script, user.name, user.password]));
    configuration.auth = { htpasswd: { realm: 'test', path } };
  }
  const file = join(directory, 'config.yml');
  writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML, too
  const log = openSync(join(directory, 'log'), 'w');
  const server = spawn('docker-registry', ['serve', file], { stdio: ['ignore', log, log] });
  const ended = once(server, 'exit');
  for (let attempt = 0; !(await answers(`${tls ? 'https' : 'http'}://${host}/v2/`)); attempt += 1) {
    if (attempt > 200 || server.exitCode !== null) throw new Error(`docker-registry does not answer: ${join(directory, 'log')}`);
    await pause(25);
  }
  const registriesConf = join(directory, 'registries.conf');
  writeFileSync(
    registriesConf,
    `unqualified-search-registries = ["${host}"]\n[[registry]]\nlocation = "${host}"\ninsecure = ${!tls}\n[aliases]\n"aliased" = "${host}/team/busybox"\n`,
  );
  return {
    ...{ host, certificates, registriesConf },
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    execFileSync('curl', ['-ks', '-o', '/dev/null', url]);
    return true;
  } catch {
    return false; // not yet
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
