import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apparmorProfile, defaultApparmorProfile, securityAnnotations, securityOptionsOf } from './labels.ts';
import { parseSeccompPolicy, seccompProfile } from './seccomp-choice.ts';
import { parseSystemdMode, runsSystemd, withSystemd } from './systemd.ts';

let directory: string;
const configured = () => join(directory, 'configured.json');
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-seccomp-'));
  writeFileSync(configured(), '{"defaultAction":"SCMP_ACT_ERRNO"}');
  writeFileSync(join(directory, 'own.json'), '{"defaultAction":"SCMP_ACT_ALLOW"}');
});
afterAll(() => rmSync(directory, { recursive: true }));

function chosen(isolation: Parameters<typeof seccompProfile>[0]['isolation'], privileged = false, imageLabels = {}) {
  return seccompProfile({ isolation, privileged, imageLabels, configured: configured() })?.defaultAction;
}

test('the profile of system calls', () => {
  const own = { security: { seccomp: join(directory, 'own.json') } };
  expect(chosen(undefined)).toBe('SCMP_ACT_ERRNO');
  expect(chosen(undefined, true)).toBeUndefined();
  expect(chosen({ security: { seccomp: 'unconfined' } })).toBeUndefined();
  expect(chosen(own)).toBe('SCMP_ACT_ALLOW');
  expect(chosen(own, true)).toBe('SCMP_ACT_ALLOW');
  expect(chosen({ security: { seccomp: configured() } }, true)).toBeUndefined();
  expect(() => chosen({ security: { seccomp: '/nosuch' } })).toThrow(
    'opening seccomp profile failed: open /nosuch: no such file or directory',
  );
});

test('the profile of the image', () => {
  const label = { 'io.containers.seccomp.profile': '{"defaultAction":"SCMP_ACT_LOG"}' };
  expect(chosen({ seccompPolicy: 'image' }, false, label)).toBe('SCMP_ACT_LOG');
  expect(() => chosen({ seccompPolicy: 'image' })).toThrow('no seccomp policy defined by image');
  expect(() => parseSeccompPolicy('x')).toThrow('invalid seccomp policy "x": valid policies are ["default" "image"]');
});

test('AppArmor, where it is and where it is not', async () => {
  const profile = (asked: string | undefined, apparmor: boolean, privileged = false, configured = '') =>
    apparmorProfile(asked, { privileged, configured, facts: { apparmor, apparmorProfiles: async () => ['loaded'] } });
  expect(await profile(undefined, true)).toBe(defaultApparmorProfile);
  expect(await profile('', true, false, 'unconfined')).toBe('unconfined');
  expect(await profile(undefined, true, true)).toBeUndefined();
  expect(await profile(undefined, false)).toBeUndefined();
  expect(await profile('containers-default-1', true)).toBe('containers-default-1');
  expect(await profile('other', true, true)).toBe('other');
  expect(await profile('unconfined', false)).toBeUndefined();
  expect(await profile('unconfined', true)).toBe('unconfined');
  expect(await profile('loaded', true)).toBe('loaded');
  await expect(profile('other', true)).rejects.toThrow('AppArmor profile "other" specified but not loaded');
  await expect(profile('loaded', false)).rejects.toThrow(
    'apparmor profile "loaded" specified, but Apparmor is not enabled on this system',
  );
});

test('what was asked for is told by inspect', () => {
  const annotations = securityAnnotations({ labels: ['type:a', 'level:b'], seccomp: 'unconfined' });
  const process = { noNewPrivileges: true, user: { uid: 0, gid: 0 }, cwd: '/' };
  expect(securityOptionsOf({ ociVersion: '1.0.2', annotations, process })).toEqual([
    'no-new-privileges',
    'label=type:a,label=level:b',
    'seccomp=unconfined',
  ]);
});

test('which commands are init systems', () => {
  expect(runsSystemd('true', ['/sbin/init'])).toBe(true);
  expect(runsSystemd('true', ['/lib/systemd/systemd', '--user'])).toBe(true);
  expect(runsSystemd('true', ['sh'])).toBe(false);
  expect(runsSystemd('always', ['sh'])).toBe(true);
  expect(runsSystemd('false', ['/sbin/init'])).toBe(false);
  expect(() => parseSystemdMode('maybe')).toThrow('--systemd values must be one of "true, false, always"');
});

test('what systemd needs, and what the user mounted', () => {
  const own = { type: 'bind', source: '/x', destination: '/run', options: [] } as const;
  const config = { id: 'f'.repeat(64), userMounts: [own] };
  const spec = { ociVersion: '1.0.2', mounts: [{ destination: '/run', type: 'bind' }], linux: { maskedPaths: ['/m'] } };
  const onV1 = withSystemd(spec, config, 1);
  expect(onV1.mounts?.map(({ destination, type }) => [destination, type])).toEqual([
    ['/run', 'bind'],
    ['/run/lock', 'tmpfs'],
    ['/tmp', 'tmpfs'],
    ['/var/log/journal', 'tmpfs'],
    ['/sys/fs/cgroup/systemd', 'bind'],
  ]);
  expect(onV1.linux?.maskedPaths).toEqual(['/m', '/sys/fs/cgroup/systemd/release_agent']);
  const onV2 = withSystemd(spec, config, 2);
  expect(onV2.mounts?.at(-1)).toEqual({
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['private', 'rw'],
  });
  expect(onV2.linux?.maskedPaths).toEqual(['/m']);
});
