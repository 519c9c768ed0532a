import type { CreateContainerOptions } from '../container/create-options.ts';
import type { SecurityOptions } from '../isolation/options.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { PodIsolationOptions } from './create-options.ts';

/**
 * The options of a new container with what its pod hands on: devices, unless it names its own; security options that it says nothing of;
 * and the size of /dev/shm.
 */
export async function inheritFromPod(
  parts: RuntimeParts,
  options: CreateContainerOptions,
  infraId: string,
): Promise<CreateContainerOptions> {
  const stored = await parts.state.container(infraId);
  const { isolation, shmSize } = (stored?.config.request ?? {}) as Pick<CreateContainerOptions, 'isolation' | 'shmSize'>;
  return {
    ...options,
    shmSize: shmSize ?? options.shmSize,
    isolation: isolation === undefined ? options.isolation : inheritIsolation(options.isolation, isolation),
  };
}

function inheritIsolation(own: CreateContainerOptions['isolation'] = {}, pod: PodIsolationOptions) {
  const namesDevices = [own.devices, own.cdiDevices].some((devices) => devices !== undefined && devices.length > 0);
  const { devices, cdiDevices } = namesDevices ? own : pod;
  return { ...own, devices, cdiDevices, security: inheritSecurity(own.security, pod.security) };
}

function inheritSecurity(own: SecurityOptions | undefined, pod: SecurityOptions | undefined): SecurityOptions | undefined {
  if (pod === undefined) return own;
  return {
    ...own,
    seccomp: own?.seccomp ?? pod.seccomp,
    apparmor: own?.apparmor ?? pod.apparmor,
    noNewPrivileges: own?.noNewPrivileges ?? pod.noNewPrivileges,
    labels: own?.labels?.length ? own.labels : pod.labels,
  };
}
