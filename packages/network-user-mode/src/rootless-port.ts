import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity, UserModeRequest } from '@tspod/core';
import { findHelper } from './find-helper.ts';
import { startUntilReady } from './start-until-ready.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

export interface RootlessPortTarget {
  readonly namespace: string;
  /** Of the container. */
  readonly address: string;
  readonly exitFd: number;
  /** Where it may make files. */
  readonly directory: string;
  readonly settings: UserModeSettings;
}

/** podman's own forwarder of ports, which takes connections on the host and makes them anew inside of the namespace. */
export async function startRootlessPort(
  { containerId, ports }: UserModeRequest,
  { namespace, address, exitFd, directory, settings }: RootlessPortTarget,
): Promise<ProcessIdentity> {
  const path = findHelper('rootlessport', settings.helperDirectories, 'podman');
  mkdirSync(join(directory, 'rp'), { mode: 0o700 });
  const configuration = {
    Mappings: ports.map(({ hostAddress, hostPort, containerPort, range, protocol }) => ({
      host_ip: hostAddress,
      host_port: hostPort,
      container_port: containerPort,
      range,
      protocol,
    })),
    NetNSPath: namespace,
    ReadyFD: 3,
    ExitFD: 4,
    TmpDir: directory,
    ChildIP: address,
    ContainerID: containerId,
    RootlessCNI: false,
  };
  return startUntilReady([path], {
    directory,
    exitFd,
    input: JSON.stringify(configuration),
    argv0: 'rootlessport',
  });
}
