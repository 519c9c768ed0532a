import { InvalidArgumentError } from '../errors.ts';

/** What a policy wants of images: `accept` takes all, `reject` none. */
export type TrustType = 'accept' | 'reject' | 'signedBy' | 'sigstoreSigned';

export const trustTypes: readonly TrustType[] = ['accept', 'reject', 'signedBy', 'sigstoreSigned'];

export interface TrustRequirement {
  readonly type: string;
  readonly keyType?: string | undefined;
  readonly keyPath?: string | undefined;
  readonly keyPaths?: readonly string[] | undefined;
  /** Base64. */
  readonly keyData?: string | undefined;
}

/** containers-policy.json(5). */
export interface TrustPolicy {
  readonly default: readonly TrustRequirement[];
  readonly transports?: Readonly<Record<string, Readonly<Record<string, readonly TrustRequirement[]>>>> | undefined;
}

/** One line of podman's `image trust show`. */
export interface TrustEntry {
  /** `all`, `repository`, or a transport. */
  readonly transport: string;
  /** Empty: the whole transport. */
  readonly scope: string;
  /** podman's word: `signed` for `signedBy`. */
  readonly type: string;
  readonly keyPaths: readonly string[];
}

/** @param path that errors name @throws {InvalidArgumentError} `invalid-policy` */
export function parseTrustPolicy(text: string, path: string): TrustPolicy {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw invalidPolicy(path, cause instanceof Error ? cause.message : String(cause));
  }
  if (!isObject(policy) || !isRequirements(policy.default)) throw invalidPolicy(path, '"default" is no list of requirements');
  for (const [transport, scopes] of Object.entries(isObject(policy.transports) ? policy.transports : {})) {
    if (!isObject(scopes) || !Object.values(scopes).every(isRequirements)) {
      throw invalidPolicy(path, `the scopes of "${transport}" are no lists of requirements`);
    }
  }
  return policy as unknown as TrustPolicy;
}

/** In podman's order: the default, then transports and scopes by name. */
export function trustEntries(policy: TrustPolicy): readonly TrustEntry[] {
  const entries = (transport: string, scope: string, requirements: readonly TrustRequirement[]) =>
    requirements.map(({ type, keyPath, keyPaths }) => ({
      ...{ transport, scope, type: podmanTypes[type] ?? type },
      keyPaths: [...(keyPath === undefined ? [] : [keyPath]), ...(keyPaths ?? [])],
    }));
  const scopes = sorted(policy.transports ?? {}).flatMap(([transport, byScope]) =>
    sorted(byScope).flatMap(([scope, requirements]) =>
      entries(transport === 'docker' ? 'repository' : transport, scope, requirements),
    ),
  );
  return [...entries('all', 'default', policy.default), ...scopes];
}

/**
 * The policy with another requirement for a registry or repository, or for `default`.
 * @throws {InvalidArgumentError} `invalid-trust` when keys are missing or have no use.
 */
export function withTrust(policy: TrustPolicy, scope: string, type: TrustType, keyPaths: readonly string[]): TrustPolicy {
  const needsKeys = type === 'signedBy' || type === 'sigstoreSigned';
  if (needsKeys && keyPaths.length === 0) {
    throw new InvalidArgumentError(`at least one public key must be defined for type '${type}'`, { code: 'invalid-trust' });
  }
  if (!needsKeys && keyPaths.length > 0) {
    throw new InvalidArgumentError(`${keyPaths.length} public keys unexpectedly provided for trust type '${type}'`, {
      code: 'invalid-trust',
    });
  }
  const requirements = needsKeys
    ? keyPaths.map((keyPath) => ({ type, ...(type === 'signedBy' && { keyType: 'GPGKeys' }), keyPath }))
    : [{ type: type === 'accept' ? 'insecureAcceptAnything' : 'reject' }];
  if (scope === 'default') return { ...policy, default: requirements };
  const docker = { ...policy.transports?.docker, [scope]: requirements };
  return { ...policy, transports: { ...policy.transports, docker } };
}

const podmanTypes: Readonly<Record<string, string>> = { insecureAcceptAnything: 'accept', signedBy: 'signed' };

function sorted<Value>(record: Readonly<Record<string, Value>>): readonly (readonly [string, Value])[] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}

function isRequirements(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => isObject(item) && typeof item.type === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidPolicy(path: string, fault: string): InvalidArgumentError {
  return new InvalidArgumentError(`${path} is no trust policy: ${fault}`, {
    code: 'invalid-policy',
    hint: 'see containers-policy.json(5)',
  });
}
