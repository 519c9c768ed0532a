import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import type { ContainerConfig } from '../container/config.ts';
import type { Mount, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { RuntimeSecrets } from '../runtime/secrets.ts';
import { inMountOrder } from '../spec/mounts.ts';
import { withVariables } from './environment.ts';
import { ownerOnHost } from './owner.ts';
import { copiesBelow, copyOf } from './places.ts';
import { variableText } from './variable-text.ts';

/**
 * Adds the secrets of a container to the spec of a run. Its files are copied to the run directory, which is in memory, so that what the
 * container does to them ends with its run, and on disk nobody but root can read one. Variables come from the store, and last.
 *
 * @throws {NotFoundError} `no-such-secret` for a variable; {InvalidArgumentError} `invalid-secret`.
 */
export async function withSecrets(parts: RuntimeParts, config: ContainerConfig, spec: Spec, runDir: string): Promise<Spec> {
  const { secrets = [] } = config;
  const store = new RuntimeSecrets(parts);
  const variables: string[] = [];
  for (const secret of secrets) {
    if (secret.type !== 'env') continue;
    variables.push(`${secret.target}=${variableText(secret.name, await store.content(secret.name))}`);
  }
  const { process } = spec;
  return {
    ...spec,
    ...(process && { process: { ...process, env: withVariables(process.env ?? [], variables) } }),
    mounts: inMountOrder([...(spec.mounts ?? []), ...secretMounts(config, spec, runDir)]),
  };
}

function secretMounts({ secrets = [], isolation, staticDir }: ContainerConfig, { root }: Spec, runDir: string): Mount[] {
  if (!secrets.some(({ type }) => type === 'mount')) return [];
  const idMaps = isolation?.idMaps;
  const directory = copiesBelow(runDir);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  // in a user namespace the runtime finds the files as its root, whose directory this must be; nobody else gets in
  const { uid, gid } = ownerOnHost({ name: '', uid: 0, gid: 0 }, idMaps);
  chownSync(directory, uid, gid);
  const access = root?.readonly ? ['ro', 'nosuid', 'noexec', 'nodev'] : [];
  return secrets.flatMap((secret, index): Mount[] => {
    if (secret.type !== 'mount') return [];
    const path = copyOf(runDir, index);
    copyFileSync(copyOf(staticDir, index), path);
    const owner = ownerOnHost(secret, idMaps);
    chownSync(path, owner.uid, owner.gid);
    chmodSync(path, secret.mode);
    return [{ destination: secret.target, type: 'bind', source: path, options: ['bind', 'rprivate', ...access] }];
  });
}
