import { InvalidArgumentError, type Pod, type PullPolicy, type Runtime, withUndoFailure } from '@tspod/core';
import { type ContainerContext, containerOptions } from './container-options.ts';
import { type DownReport, takeDownPods } from './down.ts';
import type { Sources } from './environment.ts';
import { configMapData, configMapTexts, secretData } from './keyed-data.ts';
import type { KubeContainer, KubePod } from './objects.ts';
import type { PlayOptions } from './play-options.ts';
import { podOptions } from './pod-options.ts';
import { type KubeDocuments, readDocuments } from './read-documents.ts';
import { keepSecret, storedSecrets } from './stored-secrets.ts';
import { playClaim, prepareVolumes, removeVolumes } from './volumes.ts';

export interface PlayReport {
  /** What `replace` took down. */
  readonly replaced: DownReport;
  /** Names of the volumes of claims. */
  readonly volumes: readonly string[];
  /** Ids of the secrets that were kept. */
  readonly secrets: readonly string[];
  readonly pods: readonly PlayedPod[];
  /** What was passed over or done in part; a sentence each. */
  readonly notes: readonly string[];
}

export interface PlayedPod {
  readonly id: string;
  /** Ids, without the infra container; init containers last. */
  readonly containers: readonly string[];
  /** Why it, or part of it, did not start. The pod is there all the same, with its logs. */
  readonly failure?: unknown;
}

/**
 * Makes and starts what a text of Kubernetes YAML describes. A failure before the start leaves none of its pods, containers and volumes
 * behind, but the pods before it in the text.
 *
 * @throws {InvalidArgumentError} `invalid-kube-yaml`, `nothing-to-play` and what can't be used; {AlreadyExistsError} `pod-exists`.
 */
export async function playKube(runtime: Runtime, text: string, options: PlayOptions = {}): Promise<PlayReport> {
  const documents = readDocuments(text);
  refuseNothing(documents);
  for (const pod of documents.pods) checkPod(pod);
  const sources = await collectSources(runtime, documents, options.configMaps ?? []);
  const replaced = options.replace ? await takeDownPods(runtime, documents.pods) : { stopped: [], removed: [], failures: [] };

  const secrets: string[] = [];
  for (const secret of documents.secrets) secrets.push(await keepSecret(runtime, secret));
  const volumes: string[] = [];
  for (const claim of documents.claims) volumes.push(await playClaim(runtime, claim));
  const pods: PlayedPod[] = [];
  for (const [index, pod] of documents.pods.entries()) pods.push(await playPod(runtime, { pod, index }, sources, options));
  const notes = [...documents.notes, ...documents.unsupported.map((kind) => `kind ${kind} can't be played and was passed over`)];
  return { replaced, volumes, secrets, pods, notes };
}

function refuseNothing({ pods, claims, configMaps, secrets, unsupported }: KubeDocuments): void {
  if (pods.length + claims.length + configMaps.length + secrets.length > 0) return;
  const found = unsupported.length === 0 ? '' : `, only ${[...new Set(unsupported)].join(', ')}`;
  throw new InvalidArgumentError(`YAML document does not contain any supported kube kind${found}`, {
    code: 'nothing-to-play',
    hint: 'supported are Pod, Deployment, PersistentVolumeClaim, ConfigMap and Secret',
  });
}

function checkPod({ metadata, spec }: KubePod): void {
  const invalid = (message: string) => new InvalidArgumentError(message, { code: 'invalid-kube-yaml' });
  if (!metadata?.name) throw invalid('pod does not have a name');
  const names = [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`the pod "${metadata.name}" has two containers named "${twice}"`);
  if (names.includes(metadata.name)) {
    throw invalid(
      `a container exists with the same name ("${metadata.name}") as the pod in your YAML file; rename the container`,
    );
  }
}

async function collectSources(runtime: Runtime, documents: KubeDocuments, texts: readonly string[]): Promise<Sources> {
  const more = texts.flatMap(onlyConfigMaps);
  const maps = [...more, ...documents.configMaps];
  const configMaps = new Map(maps.map((map) => [map.metadata.name, configMapData(map)]));
  const configMapTextsByName = new Map(maps.map((map) => [map.metadata.name, configMapTexts(map)]));
  const secrets = new Map(await storedSecrets(runtime, documents.pods));
  for (const secret of documents.secrets) secrets.set(secret.metadata.name, secretData(secret));
  return { configMaps, configMapTexts: configMapTextsByName, secrets };
}

/** @throws {InvalidArgumentError} `invalid-kube-yaml` where the text has anything else. */
function onlyConfigMaps(text: string): KubeDocuments['configMaps'] {
  const { configMaps, pods, claims, secrets, unsupported } = readDocuments(text);
  const other = [
    ...pods.map(() => 'Pod'),
    ...claims.map(() => 'PersistentVolumeClaim'),
    ...secrets.map(() => 'Secret'),
    ...unsupported,
  ];
  if (other.length === 0) return configMaps;
  throw new InvalidArgumentError(`invalid YAML kind: "${other[0]}". [ConfigMap] is the only supported by --configmap`, {
    code: 'invalid-kube-yaml',
  });
}

async function playPod(
  runtime: Runtime,
  { pod, index }: { readonly pod: KubePod; readonly index: number },
  sources: Sources,
  options: PlayOptions,
): Promise<PlayedPod> {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  for (const container of containers) await options.provideImage?.(container.image, pullPolicyOf(container));
  const made = await runtime.createPod(podOptions(pod, index, options));
  let volumes: readonly string[] = [];
  try {
    const prepared = await prepareVolumes(runtime, pod, sources);
    volumes = prepared.made;
    const context: ContainerContext = {
      pod,
      podId: made.id,
      sources,
      volumes: prepared.byName,
      annotations: { ...pod.metadata?.annotations, ...options.annotations },
      logDriver: options.logDriver,
      logOptions: options.logOptions,
      seccompProfileRoot: options.seccompProfileRoot ?? '/var/lib/kubelet/seccomp',
      createCommand: options.createCommand,
    };
    const isInit = (container: KubeContainer) => pod.spec.initContainers?.includes(container) ?? false;
    const ids: string[] = [];
    for (const container of containers) {
      ids.push((await runtime.createContainer(containerOptions(container, context, isInit(container)))).id);
    }
    return { id: made.id, containers: ids, ...(options.start === false ? {} : await start(made)) };
  } catch (failure) {
    try {
      await made.remove({ force: true, timeout: 0 });
      await removeVolumes(runtime, volumes);
    } catch (undoFailure) {
      throw withUndoFailure(failure, undoFailure);
    }
    throw failure;
  }
}

async function start(pod: Pod): Promise<{ readonly failure?: unknown }> {
  try {
    await pod.start();
    return {};
  } catch (failure) {
    return { failure };
  }
}

/** Kubernetes' own default: an image that is named without a tag, or as the latest, is looked for anew. */
function pullPolicyOf({ image, imagePullPolicy }: KubeContainer): PullPolicy {
  switch (imagePullPolicy) {
    case 'Always':
      return 'always';
    case 'Never':
      return 'never';
    case 'IfNotPresent':
      return 'missing';
    case undefined:
    case '': {
      const name = image.slice(image.lastIndexOf('/') + 1);
      const isLatest = !image.includes('@') && (!name.includes(':') || name.endsWith(':latest'));
      return isLatest && !image.startsWith('localhost/') ? 'newer' : 'missing';
    }
    default:
      throw new InvalidArgumentError(`unknown imagePullPolicy "${imagePullPolicy}"`, {
        code: 'unsupported-field',
        hint: 'it can be Always, IfNotPresent or Never',
      });
  }
}
