import { join } from 'node:path';
import { createInfraContainer } from '../../container/verbs/create.ts';
import { undo } from '../../container/verbs/init.ts';
import { remove } from '../../container/verbs/remove.ts';
import { EngineError, InvalidArgumentError } from '../../errors.ts';
import { checkName, generateId } from '../../id.ts';
import { generateName } from '../../name-generator.ts';
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
  const cgroupParent = options.cgroupParent ?? parts.defaults.cgroupParent;
  const draft: PodConfig = {
    id,
    name,
    createdAt: new Date().toISOString(),
    labels: { ...options.labels },
    hostname: options.hostname ?? '',
    infraId: undefined,
    sharedNamespaces: infra ? (options.share ?? defaultShare) : [],
    exitPolicy: options.exitPolicy ?? 'continue',
    cgroupParent,
    cgroupPath: (options.shareCgroupParent ?? infra) ? join(cgroupParent, id) : undefined,
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

async function makeInfra(parts: RuntimeParts, options: CreatePodOptions, pod: PodConfig): Promise<string> {
  const root = options.infraImage === undefined ? pauseRoot(parts) : undefined;
  const config = await createInfraContainer(
    parts,
    {
      rootfs: root === undefined ? { image: options.infraImage ?? '' } : { directory: root.directory },
      readOnly: root !== undefined,
      name: options.infraName ?? `${pod.id.slice(0, 12)}-infra`,
      entrypoint: options.infraCommand ?? root?.entrypoint,
      stopSignal: options.infraCommand === undefined ? root?.stopSignal : undefined,
      hostname: pod.hostname || pod.name,
      labels: pod.labels,
      network: options.network,
      namespaces: { ipc: 'shareable' },
    },
    { pod: pod.id, isInfra: true, namespaces: { ipc: 'shareable' }, cgroupParent: pod.cgroupPath ?? pod.cgroupParent },
  );
  return config.id;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
