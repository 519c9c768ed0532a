import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  CorruptError,
  checkSecretName,
  generateId,
  InvalidArgumentError,
  type NewSecret,
  NotFoundError,
  type Secret,
  type SecretStore,
} from '@tspod/core';
import { hasCode } from '@tspod/linux';
import type { SecretFileSettings } from './secret-file-settings.ts';

/** Bytes that a secret must stay below, as podman has it. */
const sizeLimit = 512_000;
const idLength = 25;
/** How many of the secrets that a prefix fits are named. */
const candidatesNamed = 4;
const suffix = '.json';

/** A file's content: the secret with its data in base64. */
interface StoredSecret extends Secret {
  readonly content: string;
}

/** One file for each secret, named after it, so that making the file claims the name. It appears complete or not at all. */
export class SecretFileStore implements SecretStore {
  readonly specVersion = 'v1';
  readonly name = 'file';
  readonly #directory: string;

  constructor({ graphRoot }: SecretFileSettings) {
    this.#directory = join(graphRoot, 'tspod', 'secrets');
  }

  async create({ name, content, labels = {}, options = {}, replace = false }: NewSecret): Promise<Secret> {
    checkSecretName(name);
    if (content.length === 0 || content.length >= sizeLimit) {
      throw new InvalidArgumentError(
        `the secret "${name}" has ${content.length} bytes: secret data must be larger than 0 and less than ${sizeLimit} bytes`,
        { code: 'invalid-secret' },
      );
    }
    const now = new Date().toISOString();
    const secret: Secret = { id: generateId().slice(0, idLength), name, createdAt: now, updatedAt: now, labels, options };
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const draft = join(this.#directory, `.${secret.id}`);
    try {
      write(draft, JSON.stringify({ ...secret, content: Buffer.from(content).toString('base64') } satisfies StoredSecret));
      if (replace) renameSync(draft, this.#path(name));
      else this.#claim(draft, name);
      syncDirectory(this.#directory);
    } finally {
      rmSync(draft, { force: true });
    }
    return secret;
  }

  async list(): Promise<readonly Secret[]> {
    return this.#all().map(withoutContent);
  }

  async lookup(wanted: string): Promise<Secret> {
    const secrets = this.#all().map(withoutContent);
    const exact = secrets.find(({ id }) => id === wanted) ?? secrets.find(({ name }) => name === wanted);
    if (exact !== undefined) return exact;
    const [first, second, ...more] = wanted === '' ? [] : secrets.filter(({ id }) => id.startsWith(wanted));
    if (first === undefined) throw noSuchSecret(wanted);
    if (second === undefined) return first;
    const named = [first, second, ...more].slice(0, candidatesNamed).map(({ id, name }) => `${id} (${name})`);
    throw new InvalidArgumentError(
      `more than one secret has an id that begins with "${wanted}", among them ${named.join(', ')}`,
      {
        code: 'ambiguous-secret',
        hint: 'give more digits of the id, or the name',
      },
    );
  }

  async read(id: string): Promise<Uint8Array> {
    const secret = this.#all().find((one) => one.id === id);
    if (secret === undefined) throw noSuchSecret(id);
    return Buffer.from(secret.content, 'base64');
  }

  async remove(id: string): Promise<void> {
    const secret = this.#all().find((one) => one.id === id);
    if (secret === undefined) return;
    rmSync(this.#path(secret.name), { force: true });
    syncDirectory(this.#directory);
  }

  #claim(draft: string, name: string): void {
    try {
      linkSync(draft, this.#path(name));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      throw new AlreadyExistsError(`${name}: secret name in use`, {
        code: 'secret-exists',
        hint: `remove it with \`tspod secret rm ${name}\`, or give another name`,
      });
    }
  }

  #path(name: string): string {
    return join(this.#directory, `${name}${suffix}`);
  }

  #all(): StoredSecret[] {
    return this.#files()
      .filter((file) => !file.startsWith('.') && file.endsWith(suffix))
      .sort()
      .flatMap((file) => this.#load(join(this.#directory, file)) ?? []);
  }

  #files(): string[] {
    try {
      return readdirSync(this.#directory);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  /** Undefined: removed meanwhile. */
  #load(path: string): StoredSecret | undefined {
    try {
      const secret: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (isStoredSecret(secret)) return secret;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new CorruptError(`the secret in ${path} can't be read: it is not what tspod wrote`, {
      code: 'corrupt-secret',
      path,
      hint: 'restore the file from a backup, or remove it and create the secret again',
    });
  }
}

function isStoredSecret(value: unknown): value is StoredSecret {
  const { id, name, createdAt, updatedAt, labels, options, content } = (value ?? {}) as Record<string, unknown>;
  const texts = [id, name, createdAt, updatedAt, content].every((member) => typeof member === 'string');
  return texts && [labels, options].every((member) => typeof member === 'object' && member !== null);
}

function withoutContent({ content, ...secret }: StoredSecret): Secret {
  return secret;
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function noSuchSecret(wanted: string): NotFoundError {
  return new NotFoundError(`no secret with name or id "${wanted}": no such secret`, { code: 'no-such-secret' });
}
