import { InvalidArgumentError } from '../errors.ts';
import type { Spec } from '../oci/spec.ts';
import type { SecurityOptions } from './options.ts';

/** podman 4.3's name for the profile that containers have by default: whichever engine loads it first, both use it. */
export const defaultApparmorProfile = 'containers-default-0.50.1';

/** Profiles of such names are loaded when they are needed. */
export const loadableProfile = /^containers-default-[\w.-]+$/;

export interface ApparmorFacts {
  readonly apparmor: boolean;
  /** Profiles that the kernel has loaded; asked for when they are needed. */
  readonly apparmorProfiles: () => Promise<readonly string[]>;
}

/**
 * The AppArmor profile of a new container's process; undefined: none.
 * @param configured empty: the default one
 * @throws {InvalidArgumentError} `no-apparmor` where there is no AppArmor, `no-such-profile` for one that is not loaded.
 */
export async function apparmorProfile(
  asked: string | undefined,
  { privileged, configured, facts }: { readonly privileged: boolean; readonly configured: string; readonly facts: ApparmorFacts },
): Promise<string | undefined> {
  if (!facts.apparmor) {
    if (!asked || asked === 'unconfined') return undefined;
    throw new InvalidArgumentError(`apparmor profile "${asked}" specified, but Apparmor is not enabled on this system`, {
      code: 'no-apparmor',
      hint: 'leave it out, or enable AppArmor in the kernel',
    });
  }
  if (!asked) return privileged ? undefined : configured || defaultApparmorProfile;
  if (privileged || asked === 'unconfined' || loadableProfile.test(asked)) return asked;
  if ((await facts.apparmorProfiles()).includes(asked)) return asked;
  throw profileNotLoaded(asked);
}

/** Annotations by which podman remembers what was asked for, and shows it. */
export function securityAnnotations({ apparmor, labels = [], seccomp }: SecurityOptions): Record<string, string> {
  return {
    ...(apparmor !== undefined && { 'io.podman.annotations.apparmor': apparmor }),
    ...(labels.length > 0 && { 'io.podman.annotations.label': labels.join(',label=') }),
    ...(seccomp !== undefined && { 'io.podman.annotations.seccomp': seccomp }),
  };
}

/** `HostConfig.SecurityOpt` of inspect. */
export function securityOptionsOf({ annotations = {}, process }: Spec): string[] {
  const words = ['label', 'seccomp', 'apparmor'].flatMap((kind) => {
    const value = annotations[`io.podman.annotations.${kind}`];
    return value === undefined ? [] : [`${kind}=${value}`];
  });
  return [...(process?.noNewPrivileges ? ['no-new-privileges'] : []), ...words];
}

export function profileNotLoaded(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`AppArmor profile "${name}" specified but not loaded`, {
    code: 'no-such-profile',
    hint: 'load it with apparmor_parser -r FILE; aa-status lists those that are loaded',
  });
}
