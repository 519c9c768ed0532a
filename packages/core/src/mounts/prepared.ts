import type { ContainerConfig, UserMount } from '../container/config.ts';

/** Whether something of it must be made at each start of the container, and taken back at its end. */
export function isPrepared({ type, options }: UserMount): boolean {
  return type === 'volume' || type === 'image' || options.includes('O') || options.includes('U');
}

/**
 * What is mounted in the container itself. An infra container of the built-in root keeps mounts for its pod only: that root is everyone's
 * and never written to.
 */
export function ownMounts({
  userMounts,
  isInfra,
  rootfs,
}: Pick<ContainerConfig, 'userMounts' | 'isInfra' | 'rootfs'>): readonly UserMount[] {
  return isInfra && rootfs.kind === 'directory' ? [] : userMounts;
}

/** Whether that is so of any of its mounts; most containers have none. */
export function hasPreparedMounts(config: Parameters<typeof ownMounts>[0]): boolean {
  return ownMounts(config).some(isPrepared);
}
