import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UserMount } from '../container/config.ts';
import type { Host } from '../contracts/host.ts';
import type { StateStore, StoredContainer } from '../contracts/state-store.ts';
import type { Spec } from '../oci/spec.ts';
import { provideApparmorProfile } from './apparmor.ts';
import { defaultApparmorProfile } from './labels.ts';
import { newLabels } from './new-labels.ts';
import { prepareSecurityModules } from './security-modules.ts';
import { chooseLabels, labelOptions, sharedLabel } from './selinux.ts';

const contexts = {
  process: 'system_u:system_r:container_t:s0',
  file: 'system_u:object_r:container_file_t:s0',
  initProcess: 'system_u:system_r:container_init_t:s0',
};
const none = new Set<string>();

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-labels-'));
  writeFileSync(join(directory, 'hosts'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a container has two categories of its own', () => {
  const { processLabel, mountLabel } = chooseLabels(contexts, [], none);
  const [, level = '', one, other] = /:(s0:c(\d+),c(\d+))$/.exec(processLabel) ?? [];
  expect(processLabel).toBe(`system_u:system_r:container_t:${level}`);
  expect(mountLabel).toBe(`system_u:object_r:container_file_t:${level}`);
  expect(Number(one)).toBeLessThan(Number(other));
  expect(chooseLabels(contexts, [], none).processLabel).not.toBe(processLabel);
});

test('categories that another container has are not given again', () => {
  const asked: string[] = [];
  const allButOne = {
    has(label: string) {
      asked.push(label);
      return asked.length < 4;
    },
  } as ReadonlySet<string>;
  expect(chooseLabels(contexts, [], allButOne).processLabel).toBe(asked[3]);
});

test.each([
  [['type:spc_t'], 'system_u:system_r:spc_t:LEVEL', 'system_u:object_r:container_file_t:LEVEL'],
  [['level:s0:c1,c2'], 'system_u:system_r:container_t:s0:c1,c2', 'system_u:object_r:container_file_t:s0:c1,c2'],
  [['user:me', 'role:mine'], 'me:mine:container_t:LEVEL', 'me:object_r:container_file_t:LEVEL'],
  [['filetype:usr_t'], 'system_u:system_r:container_t:LEVEL', 'system_u:object_r:usr_t:LEVEL'],
  [['disable'], '', 'system_u:object_r:container_file_t:s0:c1022,c1023'],
  [['type:spc_t', 'disable'], '', 'system_u:object_r:container_file_t:s0:c1022,c1023'],
])('label=%j', (options, processLabel, mountLabel) => {
  const labels = chooseLabels(contexts, options, none);
  const level = /s0:c\d+,c\d+$/.exec(labels.processLabel)?.[0] ?? '';
  expect(labels).toEqual({ processLabel: processLabel.replace('LEVEL', level), mountLabel: mountLabel.replace('LEVEL', level) });
});

test('an init system has a type of its own, a policy without levels has no categories', () => {
  expect(chooseLabels(contexts, [], none, { isSystemd: true }).processLabel).toMatch(/:container_init_t:s0:c/);
  const plain = { process: 'u:r:p', file: 'u:r:f' };
  expect(chooseLabels(plain, [], none)).toEqual({ processLabel: 'u:r:p', mountLabel: 'u:r:f' });
  expect(sharedLabel('u:r:f')).toBe('u:r:f');
});

test.each(['bogus', 'kind:x'])('label=%s is refused', (option) => {
  expect(() => chooseLabels(contexts, [option], none)).toThrow(
    expect.objectContaining({ code: 'invalid-label', message: expect.stringMatching(/^Bad label option "/) }),
  );
});

test('who shares processes or shared memory has the same label, who shares them with the host none', () => {
  const label = () => 'u:r:t:s0:c1,c2';
  expect(labelOptions(['type:x'], true, undefined, label)).toEqual(['disable']);
  expect(labelOptions(['type:x'], false, undefined, label)).toEqual(['type:x']);
  expect(labelOptions([], false, { pid: 'host' }, label)).toEqual(['disable']);
  expect(labelOptions([], false, { ipc: 'container:one' }, label)).toEqual(['user:u', 'role:r', 'type:t', 'level:s0:c1,c2']);
  expect(labelOptions([], false, { ipc: 'container:one' }, () => '')).toEqual([]);
});

test('a container of a pod has the label of the infra container', async () => {
  const infra = { config: { id: 'infra', processLabel: 'u:r:t:s0:c1,c2' } } as StoredContainer;
  const parts = {
    host: { selinuxContexts: async () => contexts } as Host,
    state: { containers: async () => [infra] as readonly StoredContainer[] } as StateStore,
  };
  expect(await newLabels(parts, {}, { ipc: 'container:infra' }, ['sh'])).toEqual({
    processLabel: 'u:r:t:s0:c1,c2',
    mountLabel: 'u:object_r:container_file_t:s0:c1,c2',
  });
  const off = { ...parts, host: { selinuxContexts: async () => undefined } as Pick<Host, 'selinuxContexts'> as Host };
  expect(await newLabels(off, {}, undefined, ['sh'])).toEqual({ processLabel: '', mountLabel: '' });
});

/** Remembers what it was asked to load and to label. */
class Recorder {
  readonly loaded: string[] = [];
  readonly labelled: [string, string][] = [];
  readonly host = {
    apparmorProfiles: async () => ['known'],
    loadApparmorProfile: async (text: string) => void this.loaded.push(text),
    labelFiles: async (path: string, label: string) => void this.labelled.push([path, label]),
  } as unknown as Host;
}

test('the default profile is loaded once it is needed, and no other one', async () => {
  const recorder = new Recorder();
  await provideApparmorProfile(recorder.host, 'unconfined');
  await provideApparmorProfile(recorder.host, 'known');
  expect(recorder.loaded).toEqual([]);
  await provideApparmorProfile(recorder.host, defaultApparmorProfile);
  expect(recorder.loaded).toEqual([expect.stringMatching(/^profile containers-default-0\.50\.1 .*deny mount,/s)]);
  await expect(provideApparmorProfile(recorder.host, 'other')).rejects.toThrow(
    'AppArmor profile "other" specified but not loaded',
  );
});

function mountsOf(...mounts: Pick<UserMount, 'source' | 'options' | 'type'>[]) {
  const userMounts = mounts.map((mount) => ({ ...mount, destination: '/x' }));
  const rootfs = { kind: 'directory', path: '/r', overlay: false } as const;
  return { mountLabel: 'u:r:t:s0:c1,c2', userMounts, isInfra: undefined, rootfs };
}

test('files of the run directory and mounts with z or Z are labelled', async () => {
  const recorder = new Recorder();
  const hosts = join(directory, 'hosts');
  const spec: Spec = {
    ociVersion: '1.0.2',
    mounts: [
      { destination: '/etc/hosts', type: 'bind', source: hosts },
      { destination: '/other', type: 'bind', source: '/etc/hosts' },
    ],
  };
  const config = mountsOf(
    { type: 'bind', source: directory, options: ['Z'] },
    { type: 'bind', source: hosts, options: ['z'] },
    { type: 'bind', source: '/etc', options: ['ro'] },
  );
  await prepareSecurityModules(recorder, config, spec, directory);
  expect(recorder.labelled).toEqual([
    [hosts, 'u:r:t:s0:c1,c2'],
    [directory, 'u:r:t:s0:c1,c2'],
    [hosts, 'u:r:t:s0'],
  ]);
  await expect(
    prepareSecurityModules(recorder, mountsOf({ type: 'bind', source: '/etc', options: ['z'] }), spec, directory),
  ).rejects.toThrow('SELinux relabeling of /etc is not allowed');
});
