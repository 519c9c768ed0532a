import type { NewSecret, Secret, SecretStore } from '../contracts/secret-store.ts';
import { EngineError, InvalidArgumentError, NotSupportedError } from '../errors.ts';
import { recordEvent } from './events.ts';
import type { RuntimeParts } from './parts.ts';

/** What a listing shows of a secret: everything but its content. */
export interface SecretSummary extends Secret {
  /** Name of the store that keeps it. */
  readonly driver: string;
}

/** Keys with their values: `name` (a regular expression) and `id` (a beginning). */
export type SecretFilters = Readonly<Record<string, readonly string[]>>;

/** The secrets of a `Runtime`'s store. What a secret says is answered by `content` alone. */
export class RuntimeSecrets {
  readonly #parts: RuntimeParts;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  /**
   * Keeps a secret.
   * @throws {AlreadyExistsError} `secret-exists`; {InvalidArgumentError} `invalid-secret-name`, `invalid-secret`, `invalid-secret-driver`.
   */
  async create(request: NewSecret & { readonly driver?: string | undefined }): Promise<SecretSummary> {
    const { driver, ...secret } = request;
    const store = await secretStore(this.#parts);
    if (driver !== undefined && driver !== store.name) {
      throw new InvalidArgumentError(`invalid driver "${driver}"`, { code: 'invalid-secret-driver', hint: `use ${store.name}` });
    }
    const made = await store.create(secret);
    await this.#record('create', made);
    return { ...made, driver: store.name };
  }

  /** Every secret that the filters choose, by name. @throws {InvalidArgumentError} `invalid-filter` */
  async list(options: { readonly filters?: SecretFilters | undefined } = {}): Promise<SecretSummary[]> {
    const fits = secretFilter(options.filters ?? {});
    const store = await secretStore(this.#parts);
    return (await store.list()).filter(fits).map((secret) => ({ ...secret, driver: store.name }));
  }

  /** By id, name or unique id prefix. @throws {NotFoundError} `no-such-secret`; {InvalidArgumentError} `ambiguous-secret`. */
  async get(idOrName: string): Promise<SecretSummary> {
    const store = await secretStore(this.#parts);
    return { ...(await store.lookup(idOrName)), driver: store.name };
  }

  async exists(idOrName: string): Promise<boolean> {
    try {
      await this.get(idOrName);
      return true;
    } catch (error) {
      if (EngineError.isInstance(error) && error.code === 'no-such-secret') return false;
      throw error;
    }
  }

  /** What a secret says, found as by `get`. */
  async content(idOrName: string): Promise<Uint8Array> {
    const store = await secretStore(this.#parts);
    return store.read((await store.lookup(idOrName)).id);
  }

  /** Removes a secret, found as by `get`, and answers its id. Containers that have it as a variable can't be started any more; those that have it as a file keep that. */
  async remove(idOrName: string): Promise<string> {
    const store = await secretStore(this.#parts);
    const secret = await store.lookup(idOrName);
    await store.remove(secret.id);
    await this.#record('remove', secret);
    return secret.id;
  }

  async #record(action: 'create' | 'remove', { id, name }: Secret): Promise<void> {
    await recordEvent(this.#parts, { type: 'secret', action, id, name });
  }
}

/** @throws {NotSupportedError} `no-secrets` */
async function secretStore({ secrets }: RuntimeParts): Promise<SecretStore> {
  if (secrets !== undefined) return secrets();
  throw new NotSupportedError('this engine was composed without what keeps secrets', { code: 'no-secrets' });
}

function secretFilter(filters: SecretFilters): (secret: Secret) => boolean {
  const tests = Object.entries(filters).map(([key, values]): ((secret: Secret) => boolean) => {
    if (key === 'id') return ({ id }) => values.some((value) => id.startsWith(value));
    if (key !== 'name') throw invalid(`invalid filter "${key}"`, 'known ones are id, name');
    const expressions = values.map(expression);
    return ({ name }) => expressions.some((one) => one.test(name));
  });
  return (secret) => tests.every((test) => test(secret));
}

function expression(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (error) {
    throw invalid(`name=${value} is an invalid filter: ${(error as Error).message}`, 'the value is a regular expression');
  }
}

function invalid(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-filter', hint });
}
