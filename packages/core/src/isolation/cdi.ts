import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../contracts/host.ts';
import { UnavailableError } from '../errors.ts';
import type { Device, DeviceCgroup, Hook, Mount, Spec } from '../oci/spec.ts';

/** What a device changes of a container's spec. */
export interface ContainerEdits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly {
    readonly path: string;
    readonly hostPath?: string;
    readonly type?: string;
    readonly major?: number;
    readonly minor?: number;
    readonly fileMode?: number;
    readonly permissions?: string;
    readonly uid?: number;
    readonly gid?: number;
  }[];
  readonly mounts?: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly options?: readonly string[];
    readonly type?: string;
  }[];
  readonly hooks?: readonly (Hook & { readonly hookName: string })[];
}

interface CdiSpec {
  readonly cdiVersion: string;
  readonly kind: string;
  readonly devices: readonly { readonly name: string; readonly containerEdits?: ContainerEdits }[];
  readonly containerEdits?: ContainerEdits;
}

/** Whether a word of `--device` is a device's qualified name, as `vendor.com/class=name`. */
export function isCdiDevice(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.-]*\/[A-Za-z][A-Za-z0-9_-]*=[A-Za-z0-9][A-Za-z0-9_.:-]*$/.test(text);
}

/**
 * What the named devices change, device by device, and what each of their specs changes for all of its devices.
 *
 * @param directories where specs are; what is in a later one wins.
 * @throws {UnavailableError} `unresolvable-device` naming those of which no spec says anything, or two of the same directory do.
 */
export async function cdiEdits(names: readonly string[], directories: readonly string[]): Promise<ContainerEdits[]> {
  const found = new Map<
    string,
    { readonly edits: ContainerEdits | undefined; readonly spec: CdiSpec; readonly directory: string } | 'ambiguous'
  >();
  const faults: string[] = [];
  for (const directory of directories) {
    const inDirectory = new Set<string>();
    for (const { spec, path } of await specsIn(directory, faults)) {
      for (const { name, containerEdits } of spec.devices) {
        const qualified = `${spec.kind}=${name}`;
        if (inDirectory.has(qualified)) {
          faults.push(`${path}: ${qualified} is defined more than once`);
          found.set(qualified, 'ambiguous');
        } else found.set(qualified, { edits: containerEdits, spec, directory });
        inDirectory.add(qualified);
      }
    }
  }
  const unresolvable = names.filter((name) => typeof found.get(name) !== 'object');
  if (unresolvable.length > 0) {
    throw new UnavailableError(`setting up CDI devices: unresolvable CDI devices ${unresolvable.join(', ')}`, {
      code: 'unresolvable-device',
      hint:
        faults.length > 0
          ? `specs that can't be used: ${faults.join('; ')}`
          : `a spec in ${directories.join(' or ')} must define them`,
    });
  }
  const specs = new Set<CdiSpec>();
  return names.flatMap((name) => {
    const entry = found.get(name);
    if (entry === undefined || entry === 'ambiguous') return [];
    const ofSpec = specs.has(entry.spec) ? undefined : entry.spec.containerEdits;
    specs.add(entry.spec);
    return [ofSpec, entry.edits].filter((edits) => edits !== undefined);
  });
}

async function specsIn(
  directory: string,
  faults: string[],
): Promise<readonly { readonly spec: CdiSpec; readonly path: string }[]> {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => /\.(json|ya?ml)$/.test(name));
  const specs: { spec: CdiSpec; path: string }[] = [];
  for (const path of names.sort().map((name) => join(directory, name))) {
    try {
      const text = readFileSync(path, 'utf8');
      const document: unknown = path.endsWith('.json') ? JSON.parse(text) : (await import('yaml')).parse(text);
      specs.push({ spec: checkCdiSpec(document), path });
    } catch (error) {
      faults.push(`${path}: ${(error as Error).message}`);
    }
  }
  return specs;
}

/** @throws {TypeError} saying what is wrong. */
export function checkCdiSpec(document: unknown): CdiSpec {
  const spec = document as Partial<CdiSpec> | null;
  if (typeof spec?.cdiVersion !== 'string' || !/^v?0\.\d+\.\d+$|^v?1\.0\.0$/.test(spec.cdiVersion))
    throw new TypeError('no known cdiVersion');
  if (typeof spec.kind !== 'string' || !isCdiDevice(`${spec.kind}=x`)) throw new TypeError('kind is not VENDOR/CLASS');
  if (!Array.isArray(spec.devices) || spec.devices.length === 0) throw new TypeError('it has no devices');
  for (const device of spec.devices) {
    if (typeof device?.name !== 'string' || !isCdiDevice(`${spec.kind}=${device.name}`))
      throw new TypeError('a device has no valid name');
  }
  for (const edits of [spec.containerEdits, ...spec.devices.map(({ containerEdits }) => containerEdits)]) checkEdits(edits);
  return spec as CdiSpec;
}

function checkEdits(edits: ContainerEdits | undefined): void {
  for (const variable of edits?.env ?? []) {
    if (typeof variable !== 'string' || !/^[^=]+=/.test(variable)) throw new TypeError(`"${variable}" is not NAME=VALUE`);
  }
  for (const { path } of edits?.deviceNodes ?? [])
    if (typeof path !== 'string' || !path.startsWith('/')) throw new TypeError('a device node has no absolute path');
  for (const { hostPath, containerPath } of edits?.mounts ?? []) {
    if (typeof hostPath !== 'string' || typeof containerPath !== 'string')
      throw new TypeError('a mount has no hostPath or no containerPath');
  }
  for (const { hookName, path } of edits?.hooks ?? []) {
    if (typeof hookName !== 'string' || typeof path !== 'string') throw new TypeError('a hook has no hookName or no path');
  }
}

/**
 * The spec with the edits. A later variable, device or mount takes the place of an earlier one.
 * @throws {UnavailableError} `unresolvable-device` for a device node that the host does not have.
 */
export async function withCdiEdits(spec: Spec, edits: readonly ContainerEdits[], host: Pick<Host, 'devicesAt'>): Promise<Spec> {
  const env = new Map((spec.process?.env ?? []).map((variable) => [variable.split('=', 1)[0] ?? '', variable]));
  const devices = new Map((spec.linux?.devices ?? []).map((device) => [device.path, device]));
  const rules: DeviceCgroup[] = [...(spec.linux?.resources?.devices ?? [])];
  const mounts = new Map((spec.mounts ?? []).map((mount) => [mount.destination, mount]));
  const hooks: Record<string, readonly Hook[]> = { ...spec.hooks };
  for (const edit of edits) {
    for (const variable of edit.env ?? []) env.set(variable.split('=', 1)[0] ?? '', variable);
    for (const node of edit.deviceNodes ?? []) {
      const device = await deviceOf(node, host);
      devices.set(device.path, device);
      if (device.type === 'b' || device.type === 'c') {
        rules.push({
          allow: true,
          type: device.type,
          major: device.major,
          minor: device.minor,
          access: node.permissions || 'rwm',
        });
      }
    }
    for (const { hostPath, containerPath, options = [], type } of edit.mounts ?? []) {
      const mount: Mount = { destination: containerPath, type: type ?? 'bind', source: hostPath, options: [...options] };
      mounts.delete(containerPath);
      mounts.set(containerPath, mount);
    }
    for (const { hookName, ...hook } of edit.hooks ?? []) hooks[hookName] = [...(hooks[hookName] ?? []), hook];
  }
  return {
    ...spec,
    ...(spec.process && { process: { ...spec.process, env: [...env.values()] } }),
    mounts: [...mounts.values()],
    ...(Object.keys(hooks).length > 0 && { hooks }),
    linux: {
      ...spec.linux,
      ...(devices.size > 0 && { devices: [...devices.values()] }),
      resources: { ...spec.linux?.resources, ...(rules.length > 0 && { devices: rules }) },
    },
  };
}

async function deviceOf(
  node: NonNullable<ContainerEdits['deviceNodes']>[number],
  host: Pick<Host, 'devicesAt'>,
): Promise<Device> {
  const { path, hostPath = path, type, major, minor, fileMode, uid, gid } = node;
  const own = {
    path,
    ...(fileMode !== undefined && { fileMode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  };
  const isComplete = type !== undefined && (type === 'p' || major !== undefined);
  if (isComplete) return { ...own, type: type as Device['type'], major: major ?? 0, minor: minor ?? 0 };
  const found = await host.devicesAt(hostPath);
  if (found?.kind === 'device') {
    const [{ below: _, ...device }] = found.devices as [Device & { readonly below: string }];
    return { ...device, ...own };
  }
  throw new UnavailableError(
    `setting up CDI devices: failed to inject devices: failed to stat CDI host device "${hostPath}": no such file or directory`,
    {
      code: 'unresolvable-device',
      hint: 'make the spec of the device anew, or take it away',
    },
  );
}
