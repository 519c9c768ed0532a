import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTextIfThere, UnavailableError } from '@tspod/core';

/** Names of the profiles in the kernel's list, whose lines are `NAME (MODE)`. */
export function apparmorProfiles(path = '/sys/kernel/security/apparmor/profiles'): string[] {
  return parseProfiles(readTextIfThere(path, ['ENOENT', 'ENOTDIR']) ?? '');
}

export function parseProfiles(text: string): string[] {
  return text.split('\n').flatMap((line) => /^(.+) \([a-z]+\)$/.exec(line)?.[1] ?? []);
}

/** Whether the kernel confines by AppArmor, shows its profiles here (in a container it mostly does not), and more can be loaded. */
export function isApparmorUsable(): boolean {
  return (
    existsSync('/sys/kernel/security/apparmor') &&
    readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y') &&
    parserPath() !== undefined
  );
}

/** podman, too, takes a machine without the parser for one without AppArmor. */
function parserPath(): string | undefined {
  const directories = ['/sbin', '/usr/sbin', ...(process.env.PATH ?? '').split(':')];
  return directories.map((directory) => join(directory, 'apparmor_parser')).find((path) => existsSync(path));
}

/** Has apparmor_parser(8) compile a profile and the kernel load it. @param flags `-QK` compiles it only. */
export async function loadApparmorProfile(text: string, flags = '-Kr'): Promise<void> {
  const { execFile } = await import('node:child_process'); // only where AppArmor is
  await new Promise<void>((resolve, reject) => {
    const parser = execFile(parserPath() ?? 'apparmor_parser', [flags], (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(refused(stderr.trim() || error.message, error));
    });
    parser.stdin?.on('error', () => undefined); // it ended early, and says why
    parser.stdin?.end(text);
  });
}

function refused(said: string, cause: unknown): UnavailableError {
  return new UnavailableError(`loading the default AppArmor profile of containers: ${said}`, {
    code: 'apparmor-refused',
    hint: 'use --security-opt apparmor=PROFILE with one that is loaded, or apparmor=unconfined',
    cause,
  });
}
