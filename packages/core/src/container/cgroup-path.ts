import { join } from 'node:path';
import type { LiveState } from '../contracts/state-store.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { ContainerConfig } from './config.ts';

/**
 * The cgroup of a container as the OCI runtime wants it: a path, or `slice:prefix:name` for systemd.
 * @throws {InvalidArgumentError} `invalid-cgroup-parent` when the parent is not of the manager's kind.
 */
export function cgroupsPathOf(manager: 'cgroupfs' | 'systemd', parent: string, id: string): string {
  const isSlice = parent.endsWith('.slice');
  if (manager === 'systemd' && !isSlice) {
    throw new InvalidArgumentError(
      `did not receive systemd slice as cgroup parent when using systemd to manage cgroups: "${parent}": invalid argument`,
      { code: 'invalid-cgroup-parent', hint: 'a slice ends with .slice, such as machine.slice' },
    );
  }
  if (manager === 'cgroupfs' && isSlice) {
    throw new InvalidArgumentError(`systemd slice received as cgroup parent when using cgroupfs: "${parent}": invalid argument`, {
      code: 'invalid-cgroup-parent',
      hint: 'give the path of a cgroup, such as /libpod_parent, or use --cgroup-manager systemd',
    });
  }
  return manager === 'systemd' ? `${parent}:libpod:${id}` : join(parent, `libpod-${id}`);
}

/** A parent without a slash at its beginning is below the root cgroup. */
export function cgroupParentOf(text: string | undefined): string | undefined {
  return text === undefined || text.endsWith('.slice') ? text : join('/', text);
}

/** The cgroup of a container as the OCI runtime has it; undefined: it has none, or has not been started yet. */
export function cgroupsPathIn(
  { spec }: Pick<ContainerConfig, 'spec'>,
  { cgroup }: Pick<LiveState, 'cgroup'>,
): string | undefined {
  return cgroup ?? spec.linux?.cgroupsPath;
}

/** Where that cgroup is below the mount points of the hierarchies. */
export function cgroupDirectory(cgroupsPath: string): string {
  const [slice = '', prefix, name] = cgroupsPath.split(':');
  if (name === undefined) return cgroupsPath;
  return join('/', ...sliceParents(slice), `${prefix}-${name}.scope`);
}

/** A slice is below those whose names its own begins with: `a-b.slice` in `a.slice` (systemd.slice(5)). */
function sliceParents(slice: string): string[] {
  const parts = slice.replace(/\.slice$/, '').split('-');
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`);
}
