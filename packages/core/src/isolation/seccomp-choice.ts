import { readFileSync } from 'node:fs';
import { InvalidArgumentError, UnavailableError } from '../errors.ts';
import { parseSeccompProfile, type SeccompProfile } from '../spec/seccomp.ts';
import type { IsolationOptions, SeccompPolicy } from './options.ts';

/** Label of an image that holds the profile for its containers. */
const profileLabel = 'io.containers.seccomp.profile';

export interface SeccompSources {
  readonly isolation: IsolationOptions | undefined;
  readonly privileged: boolean;
  readonly imageLabels: Readonly<Record<string, string>> | null | undefined;
  /** Path of the configured profile; empty: unconfined. */
  readonly configured: string;
}

/**
 * The profile of a new container; undefined: it is unconfined. The image's wins where the policy says so; a privileged container is only
 * confined by a profile that was asked for.
 *
 * @throws {InvalidArgumentError} `invalid-seccomp-profile`, `invalid-option`; {UnavailableError} `missing-seccomp-profile`.
 */
export function seccompProfile({ isolation, privileged, imageLabels, configured }: SeccompSources): SeccompProfile | undefined {
  const asked = isolation?.security?.seccomp || undefined;
  if (asked === 'unconfined') return undefined;
  if (isolation?.seccompPolicy === 'image') {
    if (asked !== undefined) {
      throw new InvalidArgumentError('cannot specify both seccomp policy and security-opt seccomp', { code: 'invalid-option' });
    }
    const text = imageLabels?.[profileLabel];
    if (text === undefined) throw new InvalidArgumentError('no seccomp policy defined by image', { code: 'invalid-option' });
    return parseSeccompProfile(text, `of the image's label ${profileLabel}`);
  }
  if (asked !== undefined && (!privileged || asked !== configured))
    return read(asked, 'name a file that is there, or unconfined');
  if (privileged || configured === '') return undefined;
  return read(configured, 'install golang-github-containers-common, or set seccomp_profile in containers.conf');
}

/** @throws {InvalidArgumentError} `invalid-option` */
export function parseSeccompPolicy(text: string): SeccompPolicy {
  if (text === 'default' || text === 'image') return text;
  throw new InvalidArgumentError(`invalid seccomp policy "${text}": valid policies are ["default" "image"]`, {
    code: 'invalid-option',
  });
}

function read(path: string, hint: string): SeccompProfile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : (cause as Error).message;
    throw new UnavailableError(`opening seccomp profile failed: open ${path}: ${reason}`, {
      code: 'missing-seccomp-profile',
      hint,
      cause,
    });
  }
  return parseSeccompProfile(text, path);
}
