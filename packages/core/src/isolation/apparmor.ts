import type { Host } from '../contracts/host.ts';
import { loadableProfile, profileNotLoaded } from './labels.ts';

/**
 * Sees to it that the kernel has the profile when the process starts: the default one is loaded where it is not, after a reboot for example.
 * @throws {InvalidArgumentError} `no-such-profile`; as `Host.loadApparmorProfile`.
 */
export async function provideApparmorProfile(
  host: Pick<Host, 'apparmorProfiles' | 'loadApparmorProfile'>,
  name: string,
): Promise<void> {
  if (name === 'unconfined' || (await host.apparmorProfiles()).includes(name)) return;
  if (!loadableProfile.test(name)) throw profileNotLoaded(name);
  await host.loadApparmorProfile(apparmorProfileText(name));
}

/**
 * The default profile: a container may do what its capabilities and its user allow, but not mount, not write to what the kernel shows of
 * itself, nor send signals to, or trace, what is not confined as it is. Needs nothing of the machine's own profiles.
 */
function apparmorProfileText(name: string): string {
  const rules = [
    'network,',
    'capability,',
    'file,',
    'umount,',
    '# of the engine, of the runtimes where they are confined themselves, and of each other',
    'signal (receive) peer=unconfined,',
    'signal (receive) peer={runc,crun,/usr/bin/runc,/usr/bin/crun,/usr/sbin/runc},',
    `signal (send, receive) peer=${name},`,
    `ptrace (trace, read, tracedby, readby) peer=${name},`,
    'deny mount,',
    '# in /proc only what belongs to processes, and of the parameters those of shared memory',
    'deny /proc/* w,',
    'deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,',
    'deny /proc/sys/[^k]** w,',
    'deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w,',
    ...['/proc/kcore', '/proc/sysrq-trigger', '/sys/firmware/**', '/sys/kernel/security/**'].map((path) => `deny ${path} rwklx,`),
    '# in /sys only the cgroups',
    ...['[^f]*', 'f[^s]*', 'fs/[^c]*', 'fs/c[^g]*', 'fs/cg[^r]*'].map((path) => `deny /sys/${path}/** wklx,`),
  ];
  return `profile ${name} flags=(attach_disconnected, mediate_deleted) {\n${rules.map((rule) => `  ${rule}\n`).join('')}}\n`;
}
