import type { ContainerConfig, ContainerInspect } from '@tspod/core';
import { expect, test } from 'vitest';
import { describeContainer } from './describe.ts';

const id = 'ab'.repeat(32);

function configured(more: Partial<ContainerConfig> = {}): ContainerConfig {
  const config: Partial<ContainerConfig> = {
    id,
    name: 'web',
    hostname: id.slice(0, 12),
    spec: {
      ociVersion: '1.0.2',
      process: { cwd: '/', args: ['true'], user: { uid: 0, gid: 0 }, env: ['A=b=c', 'EMPTY='] },
      annotations: { 'io.container.manager': 'libpod', own: '1' },
    },
    rootfs: { kind: 'image', imageId: 'cd'.repeat(32), imageName: 'localhost/web' },
    staticDir: '/store/web',
    logPath: '/store/web/ctr.log',
    logDriver: 'k8s-file',
    network: 'bridge',
    userMounts: [],
    ...more,
  };
  return config as ContainerConfig;
}

const inspected = {
  HostConfig: { ShmSize: 65_536_000, SecurityOpt: [] as string[] },
  Config: { Umask: '0022' },
} as ContainerInspect;
const describe = (more?: Partial<ContainerConfig>) => describeContainer(configured(more), inspected, 'copy');

test('says nothing of what the engine chose, and leaves out what is empty as Go does', () => {
  const document = describe();
  expect(document).toMatchObject({
    name: 'copy',
    env: { A: 'b=c', EMPTY: '' },
    annotations: { own: '1' },
    log_configuration: { driver: 'k8s-file' },
    pidns: { nsmode: 'default' },
    netns: { nsmode: 'bridge' },
    Networks: null,
    use_image_hosts: false,
  });
  for (const member of ['hostname', 'pod', 'stop_signal', 'cap_add', 'mounts', 'rootfs', 'terminal', 'secrets'])
    expect(document).not.toHaveProperty(member);
});

test('names the namespaces that are joined', () => {
  expect(
    describe({ namespaces: { pid: `container:${id}`, ipc: 'ns:/proc/1/ns/ipc', uts: 'host' }, network: `container:${id}` }),
  ).toMatchObject({
    pidns: { nsmode: 'container', value: id },
    ipcns: { nsmode: 'path', value: '/proc/1/ns/ipc' },
    utsns: { nsmode: 'host' },
    netns: { nsmode: 'container', value: id },
  });
});

test("tells ports, networks, mounts, secrets and id maps in podman's form", () => {
  const map = [{ containerID: 0, hostID: 1000, size: 5 }];
  const document = describe({
    networking: {
      attachments: [{ network: 'front', addresses: ['10.1.0.5'] }, { network: 'back' }],
      ports: [{ hostAddress: '', hostPort: 8080, containerPort: 80, range: 2, protocol: 'udp' }],
      exposed: ['53/tcp', '53/udp'],
    },
    userMounts: [
      { type: 'volume', source: 'data', destination: '/data', options: ['rw'] },
      { type: 'tmpfs', source: 'tmpfs', destination: '/t', options: ['rw'], ofImage: true },
    ],
    secrets: [
      { type: 'env', id: '1', name: 'token', target: 'T' },
      { type: 'mount', id: '2', name: 'key', target: '/k', uid: 1, gid: 2, mode: 0o400 },
    ],
    isolation: { idMaps: { uid: map, gid: map } },
  });
  expect(document).toMatchObject({
    Networks: { front: { static_ips: ['10.1.0.5'], interface_name: 'eth0' }, back: { interface_name: 'eth1' } },
    portmappings: [{ host_ip: '', container_port: 80, host_port: 8080, range: 2, protocol: 'udp' }],
    expose: { '53': 'tcp,udp' },
    volumes: [{ Name: 'data', Dest: '/data', Options: ['rw'], IsAnonymous: false }],
    secrets: [{ Source: 'key', Target: '/k', UID: 1, GID: 2, Mode: 0o400 }],
    secret_env: { T: 'token' },
    userns: { nsmode: 'private' },
    idmappings: { HostUIDMapping: false, UIDMap: [{ container_id: 0, host_id: 1000, size: 5 }] },
  });
  expect(document).not.toHaveProperty('mounts');
});
