import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type Credentials, RuntimeFailedError, UnavailableError } from '@tspod/core';
import { hasCode } from '@tspod/linux';

export interface RegistrySettings {
  readonly registry: string;
  readonly credentials: Credentials | undefined;
  readonly certificateDirectory: string | undefined;
  /** Accept any certificate, and plain HTTP. */
  readonly insecure: boolean;
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** An answer is metadata; a registry that sends more is not one. */
const longestAnswer = 64 * 1024 * 1024;

/** Milliseconds without a byte. */
const patience = 30_000;

/** The little of the registry protocol that skopeo has no command for: asking for documents, with what authentication it takes. */
export class RegistryClient {
  readonly #settings: RegistrySettings;
  #authorization: string | undefined;
  #base: string | undefined;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  /** @throws {UnavailableError} `not-authorised`, `registry-unreachable`, `registry-not-trusted`; {RuntimeFailedError} for another status than 200 and 404. */
  async get(path: string): Promise<{ readonly document: unknown; readonly next: string | undefined } | undefined> {
    const base = await this.#findBase();
    let answer = await this.#request(`${base}${path}`, this.#authorization);
    if (answer.status === 401) {
      this.#authorization = await this.#authorise(String(answer.headers['www-authenticate'] ?? ''));
      answer = await this.#request(`${base}${path}`, this.#authorization);
    }
    if (answer.status === 404) return undefined;
    if (answer.status === 401 || answer.status === 403) throw this.#notAuthorised();
    if (answer.status !== 200) throw this.#failure(path, `invalid status code from registry ${answer.status}`);
    const [, next] = /<([^>]+)>;\s*rel="?next"?/.exec(String(answer.headers.link ?? '')) ?? [];
    try {
      return { document: JSON.parse(answer.body), next };
    } catch (cause) {
      throw this.#failure(path, 'the answer is not JSON', cause);
    }
  }

  /** HTTPS, or HTTP where the registry is insecure and speaks no HTTPS. */
  async #findBase(): Promise<string> {
    if (this.#base !== undefined) return this.#base;
    const { registry, insecure } = this.#settings;
    const host = registry === 'docker.io' ? 'index.docker.io' : registry;
    try {
      await this.#request(`https://${host}/v2/`, undefined);
      this.#base = `https://${host}`;
    } catch (error) {
      if (
        !insecure ||
        !hasCode(
          error instanceof Error ? error.cause : undefined,
          'EPROTO',
          'ECONNRESET',
          'ERR_SSL_WRONG_VERSION_NUMBER',
          'ERR_SSL_PACKET_LENGTH_TOO_LONG',
        )
      )
        throw error;
      await this.#request(`http://${host}/v2/`, undefined);
      this.#base = `http://${host}`;
    }
    return this.#base;
  }

  async #authorise(challenge: string): Promise<string> {
    const { credentials } = this.#settings;
    const basic = credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    if (/^basic\b/i.test(challenge)) {
      if (basic === undefined) throw this.#notAuthorised();
      return basic;
    }
    const field = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = field('realm');
    if (realm === undefined || !URL.canParse(realm)) throw this.#notAuthorised();
    const url = new URL(realm);
    for (const name of ['service', 'scope']) {
      const value = field(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const { status, body } = await this.#request(url.href, basic);
    if (status !== 200) throw this.#notAuthorised();
    const { token, access_token: accessToken } = JSON.parse(body);
    return `Bearer ${token ?? accessToken}`;
  }

  #request(url: string, authorization: string | undefined): Promise<Answer> {
    const { insecure, signal } = this.#settings;
    const isSecure = url.startsWith('https:');
    return new Promise<Answer>((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException) => reject(signal?.aborted ? signal.reason : this.#unreachable(url, cause));
      const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
      const options = {
        headers,
        signal,
        timeout: patience,
        ...(isSecure && { rejectUnauthorized: !insecure, ...this.#certificates() }),
      };
      const request = (isSecure ? requestSecurely : requestPlain)(url, options as object, (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.length;
          if (length > longestAnswer) request.destroy(new Error('the answer is too long'));
          else parts.push(part);
        });
        response.on('error', fail);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString(), headers: response.headers }),
        );
      });
      request.on('timeout', () => request.destroy(new Error('i/o timeout')));
      request.on('error', fail);
      request.end();
    });
  }

  /** As containers tools take them: `*.crt` to trust, `*.cert` with a `*.key` of the same name to prove who we are. */
  #certificates(): { readonly ca?: readonly (string | Buffer)[]; readonly cert?: Buffer; readonly key?: Buffer } {
    const { certificateDirectory, registry } = this.#settings;
    const directories =
      certificateDirectory === undefined
        ? [`/etc/containers/certs.d/${registry}`, `/etc/docker/certs.d/${registry}`]
        : [certificateDirectory];
    const directory = directories.find((path) => existsSync(path));
    if (directory === undefined) return {};
    const files = readdirSync(directory);
    const read = (name: string) => readFileSync(join(directory, name));
    const own = files.find((name) => name.endsWith('.cert') && files.includes(name.replace(/cert$/, 'key')));
    return {
      ca: [...rootCertificates, ...files.filter((name) => name.endsWith('.crt')).map(read)],
      ...(own !== undefined && { cert: read(own), key: read(own.replace(/cert$/, 'key')) }),
    };
  }

  #notAuthorised(): UnavailableError {
    const { registry } = this.#settings;
    return new UnavailableError(`${registry}: unauthorized: authentication required`, {
      code: 'not-authorised',
      hint: `log in with \`tspod login ${registry}\``,
    });
  }

  #unreachable(url: string, cause: NodeJS.ErrnoException): UnavailableError {
    const { registry } = this.#settings;
    const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO/.test(cause.code ?? '');
    return new UnavailableError(`pinging container registry ${registry}: Get "${url}": ${cause.message || cause.code}`, {
      code: isCertificate ? 'registry-not-trusted' : 'registry-unreachable',
      hint: isCertificate ? 'give its certificate with --cert-dir, or trust it with --tls-verify=false' : undefined,
      cause,
    });
  }

  #failure(path: string, problem: string, cause?: unknown): RuntimeFailedError {
    return new RuntimeFailedError(`${this.#settings.registry}${path}: ${problem}`, { code: 'transfer-failed', argv: [], cause });
  }
}
