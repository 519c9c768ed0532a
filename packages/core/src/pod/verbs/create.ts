import { join } from 'node:path';
import { checkOptionTypes } from '../../argument-types.ts';
import { cgroupParentOf } from '../../container/cgroup-path.ts';
import { createInfraContainer } from '../../container/verbs/create.ts';
import { undo } from '../../container/verbs/init.ts';
import { remove } from '../../container/verbs/remove.ts';
import { EngineError, InvalidArgumentError, NotSupportedError } from '../../errors.ts';
import { checkName, generateId } from '../../id.ts';
import { generateName } from '../../name-generator.ts';
import type { Resources } from '../../oci/spec.ts';
import { recordEvent } from '../../runtime/events.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig, SharedNamespace } from '../config.ts';
import type { CreatePodOptions } from '../create-options.ts';
import { pauseRoot } from '../pause-root.ts';

const defaultShare: readonly SharedNamespace[] = ['ipc', 'net', 'uts'];

/** How often a generated name may be taken before the error is shown. */
const generatedNameAttempts = 20;

/** Makes a pod, with its infra container where it has one. Undone when a step fails. */
export async function createPod(parts: RuntimeParts, options: CreatePodOptions): Promise<PodConfig> {
  checkOptionTypes('createPod', options, {
    name: 'a string',
    labels: 'an object of strings',
    hostname: 'a string',
    infra: 'a boolean',
    infraName: 'a string',
    infraImage: 'a string',
    infraCommand: 'an array of strings',
    share: 'an array of strings',
    shareCgroupParent: 'a boolean',
    network: 'a string',
    networking: 'an object',
    namespaces: 'an object',
    isolation: 'an object',
    mounts: 'an array',
    volumesFrom: 'an array of strings',
    cgroupParent: 'a string',
    resources: 'an object',
    shmSize: 'a number',
    createCommand: 'an array of strings',
  });
  checkOptions(options);
  if (options.name !== undefined) return createNamed(parts, options, checkName(options.name));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createNamed(parts, options, generateName());
    } catch (error) {
      if (!EngineError.isInstance(error) || error.kind !== 'already-exists' || attempt === generatedNameAttempts) throw error;
    }
  }
}

function checkOptions({ infra = true, network, share, shareCgroupParent }: CreatePodOptions): void {
  if (!infra && network !== undefined) throw invalid('NoInfra and network modes cannot be used together');
  if (!infra && share !== undefined && share.length > 0) {
    throw invalid(`cannot set share(${share.join(',')}) namespaces without an infra container`);
  }
  if (share?.includes('cgroup') && shareCgroupParent !== false) {
    throw invalid(
      "cannot define the pod as the cgroup parent at the same time as joining the infra container's cgroupNS: invalid argument",
    );
  }
}

async function createNamed(parts: RuntimeParts, options: CreatePodOptions, name: string): Promise<PodConfig> {
  const id = generateId();
  const { infra = true } = options;
  if (!infra) noteWithoutEffect(parts, options);
  const cgroupParent = cgroupParentOf(options.cgroupParent) ?? parts.defaults.cgroupParent;
  const draft: PodConfig = {
    id,
    name,
    createdAt: new Date().toISOString(),
    labels: { ...options.labels },
    hostname: options.hostname ?? '',
    infraId: undefined,
    sharedNamespaces: infra ? sharedBy(options) : [],
    exitPolicy: options.exitPolicy ?? 'continue',
    cgroupParent,
    cgroupPath: (options.shareCgroupParent ?? infra) ? join(cgroupParent, id) : undefined,
    request: { ...options, createCommand: undefined },
    resources: await resourcesOf(parts, options),
    createCommand: [...(options.createCommand ?? [])],
  };
  const lock = await parts.locker.acquire(id, { transient: true });
  let made = false;
  try {
    await parts.state.reservePod({ id, name });
    let infraId: string | undefined;
    try {
      if (infra) infraId = await makeInfra(parts, options, draft);
      const config = { ...draft, infraId };
      await parts.state.commitPod(config);
      made = true;
      await recordEvent(parts, { type: 'pod', action: 'create', id, name, attributes: config.labels });
      return config;
    } catch (failure) {
      return await undo(async () => {
        if (infraId !== undefined) await remove(parts, infraId, { force: true, withPod: true });
        await parts.state.abandonPod(id);
      }, failure);
    }
  } finally {
    await lock.release({ forget: !made });
  }
}

/** @throws as `newResources`; {InvalidArgumentError} `invalid-option` without a cgroup that they could be set of. */
async function resourcesOf(
  { host, log, defaults }: RuntimeParts,
  { resources, shareCgroupParent, infra = true }: CreatePodOptions,
): Promise<Resources | undefined> {
  if (resources === undefined) return undefined;
  if (!(shareCgroupParent ?? infra)) {
    throw invalid(
      'limits of a pod need a cgroup of its own: they cannot be used without infra container or with --share-parent=false',
    );
  }
  if (defaults.cgroupManager === 'systemd') {
    throw new NotSupportedError("limits of a pod can't be set yet where systemd manages cgroups", {
      code: 'no-pod-limits',
      hint: 'limit its containers, or use --cgroup-manager cgroupfs',
    });
  }
  const { newResources } = await import('../../resources/for-creation.ts');
  const found = await newResources(resources, host, (message) => log('warn', message));
  return Object.keys(found).length === 0 ? undefined : found;
}

function sharedBy(options: CreatePodOptions): readonly SharedNamespace[] {
  const { share = defaultShare } = options;
  return hasUserNamespace(options) && !share.includes('user') ? [...share, 'user'] : share;
}

function hasUserNamespace({ isolation, namespaces }: CreatePodOptions): boolean {
  return isolation?.idMaps !== undefined || (namespaces?.user !== undefined && namespaces.user !== 'host');
}

/** podman says nothing, and neither refuses it. */
function noteWithoutEffect({ log }: RuntimeParts, { namespaces, isolation, mounts, volumesFrom, shmSize }: CreatePodOptions) {
  const given = Object.entries({ namespaces, isolation, volumes: mounts ?? volumesFrom, 'a size of /dev/shm': shmSize });
  const names = given.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (names.length > 0) log('warn', `a pod without infra container can't hand on ${names.join(', ')}: it has no effect`);
}

async function makeInfra(parts: RuntimeParts, options: CreatePodOptions, pod: PodConfig): Promise<string> {
  const { network, networking, isolation, mounts, volumesFrom, shmSize } = options;
  const namespaces = { ...options.namespaces, ipc: 'shareable' } as const;
  const root = options.infraImage === undefined ? pauseRoot(parts, { passable: hasUserNamespace(options) }) : undefined;
  const config = await createInfraContainer(
    parts,
    {
      rootfs: root === undefined ? { image: options.infraImage ?? '' } : { directory: root.directory },
      readOnly: root !== undefined,
      readOnlyTmpfs: false,
      name: options.infraName ?? `${pod.id.slice(0, 12)}-infra`,
      entrypoint: options.infraCommand ?? root?.entrypoint,
      stopSignal: options.infraCommand === undefined ? root?.stopSignal : undefined,
      hostname: pod.hostname || (namespaces.uts === undefined || namespaces.uts === 'private' ? pod.name : undefined),
      labels: pod.labels,
      ...{ network, networking, namespaces, isolation, mounts, volumesFrom, shmSize },
    },
    { pod: pod.id, isInfra: true, cgroupParent: pod.cgroupPath ?? pod.cgroupParent },
  );
  return config.id;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
