import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  archiveSource,
  type CheckpointSource,
  imageSource,
  unpackContent,
  unpackDocuments,
  unpackMemory,
} from '../container/checkpoint/archive.ts';
import { type DumpedContainer, readDocuments } from '../container/checkpoint/documents.ts';
import { checkpointFiles } from '../container/checkpoint/files.ts';
import { requireCheckpointImage } from '../container/checkpoint/image.ts';
import type { CheckpointReport } from '../container/checkpoint/report.ts';
import { applyRootChanges } from '../container/checkpoint/root-changes.ts';
import { checkpointing } from '../container/checkpoint/support.ts';
import type { ContainerConfig } from '../container/config.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import { withLocked } from '../container/guard.ts';
import { createContainer } from '../container/verbs/create.ts';
import { undo } from '../container/verbs/init.ts';
import { remove } from '../container/verbs/remove.ts';
import { type RestoreOptions, restore } from '../container/verbs/restore.ts';
import { AlreadyExistsError, InvalidArgumentError } from '../errors.ts';
import { checkName, isId } from '../id.ts';
import type { PortRequest } from '../network/options.ts';
import { VolumeOperations } from '../volume/operations.ts';
import { removeVolume } from '../volume/remove.ts';
import { findImage, noSuchImage } from './find-image.ts';
import type { RuntimeParts } from './parts.ts';

export interface RestoreFromOptions extends RestoreOptions {
  /** An archive that a checkpoint was exported to, or an image that was made of one. */
  readonly from: { readonly archive: string } | { readonly image: string };
  /** Archive with an earlier dump of the memory, where the checkpoint goes on from one. */
  readonly previous?: string | undefined;
  /** Default: name and id of the container that the checkpoint is of. With a name it gets an id of its own. */
  readonly name?: string | undefined;
  /** Pod that it joins; only for one that was in a pod. */
  readonly pod?: string | undefined;
  /** In place of those that it was made with. */
  readonly ports?: readonly PortRequest[] | undefined;
  readonly ignoreRootfs?: boolean | undefined;
  readonly ignoreVolumes?: boolean | undefined;
}

/** Makes a container of an exported checkpoint and restores it. A failure leaves nothing. */
export async function restoreFrom(
  parts: RuntimeParts,
  options: RestoreFromOptions,
): Promise<{ readonly config: ContainerConfig; readonly report: CheckpointReport }> {
  const source = await sourceOf(parts, options.from);
  const dumped = await describe(parts, source);
  const runtime = parts.runtimeNamed(dumped.runtime);
  if (runtime !== undefined) await checkpointing(runtime);
  const request = requestFor(parts, dumped, source, options);
  if (!options.ignoreVolumes) await refuseTakenVolumes(parts, dumped);
  const known = new Set((await parts.state.volumes()).map(({ config }) => config.name));
  const config = await createContainer(parts, request, options.name === undefined ? idOf(dumped, source) : undefined);
  try {
    await unpackContent(parts, source, config.staticDir);
    if (options.previous !== undefined) await unpackMemory(parts, archiveSource(options.previous), config.staticDir);
    if (!options.ignoreVolumes) await fillVolumes(parts, dumped, config);
    if (dumped.resources !== undefined) await parts.state.saveResources(config.id, dumped.resources);
    await parts.state.saveNetworks(config.id, dumped.networks);
    // with another name it is another container, which can run beside the first
    if (options.name !== undefined) await rm(join(config.staticDir, checkpointFiles.network), { force: true });
    const report = await withLocked(parts, config.id, (container) =>
      restore(container, options, {
        prepareRoot: (rootPath) =>
          options.ignoreRootfs ? Promise.resolve() : applyRootChanges(parts, config.staticDir, rootPath),
      }),
    );
    return { config, report };
  } catch (failure) {
    return undo(async () => {
      await remove(parts, config.id, { force: true, volumes: true });
      for (const name of config.volumes ?? []) if (!known.has(name)) await removeIfThere(parts, name);
    }, failure);
  }
}

/** An anonymous volume went with its container. */
async function removeIfThere(parts: RuntimeParts, name: string): Promise<void> {
  if ((await parts.state.volume(name)) !== undefined) await removeVolume(parts, name);
}

async function sourceOf(parts: RuntimeParts, from: RestoreFromOptions['from']): Promise<CheckpointSource> {
  if ('archive' in from) return archiveSource(from.archive);
  const found = await findImage(parts, from.image);
  if (found === undefined) throw noSuchImage(from.image);
  await requireCheckpointImage(parts, found.image.id);
  return imageSource(parts, found.image.id, from.image);
}

async function describe(parts: RuntimeParts, source: CheckpointSource): Promise<DumpedContainer> {
  const directory = await mkdtemp(join(tmpdir(), 'tspod-checkpoint-'));
  try {
    await unpackDocuments(parts, source, directory);
    return readDocuments(directory, source.name);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function requestFor(
  parts: RuntimeParts,
  dumped: DumpedContainer,
  source: CheckpointSource,
  { name, pod, ports }: RestoreFromOptions,
): CreateContainerOptions {
  const { request, runtime, hostname } = dumped;
  if (parts.defaultRuntime !== undefined && parts.defaultRuntime !== runtime) {
    throw new InvalidArgumentError(
      `checkpoint archive ${source.name} was created with runtime '${runtime}' and cannot be restored with runtime '${parts.defaultRuntime}'`,
      { code: 'runtime-mismatch', hint: `use --runtime ${runtime}` },
    );
  }
  if (pod === undefined && request.pod !== undefined) {
    throw new InvalidArgumentError('cannot restore pod container without --pod', { code: 'needs-pod' });
  }
  if (pod !== undefined && request.pod === undefined) {
    throw new InvalidArgumentError('cannot restore non pod container into pod', { code: 'not-of-a-pod' });
  }
  return {
    ...{ ...request, runtime, hostname, pod, name: name ?? checkName(dumped.name) },
    ...(ports !== undefined && { networking: { ...request.networking, ports } }),
    ...{ cidFile: undefined, pidFile: undefined },
  };
}

function idOf({ id }: DumpedContainer, source: CheckpointSource): string {
  if (isId(id)) return id;
  throw new InvalidArgumentError(
    `the checkpoint ${source.name} is of a container with the id ${JSON.stringify(id)}, which is none`,
    {
      code: 'invalid-checkpoint',
    },
  );
}

/** What is in a volume that somebody else uses is not replaced. */
async function refuseTakenVolumes(parts: RuntimeParts, { volumes }: DumpedContainer): Promise<void> {
  for (const { name } of volumes) {
    if ((await parts.state.volume(name)) === undefined) continue;
    throw new AlreadyExistsError(
      `volume with name ${name} already exists. Use --ignore-volumes to not restore content of volumes`,
      { code: 'volume-exists' },
    );
  }
}

/** A volume without a name of its own has another one now: it is known by its place. */
async function fillVolumes(
  parts: RuntimeParts,
  { volumes }: DumpedContainer,
  { staticDir, userMounts }: ContainerConfig,
): Promise<void> {
  for (const { name, destination } of volumes) {
    const archive = join(staticDir, checkpointFiles.volumes, `${checkName(name)}.tar`);
    const mount = userMounts.find((one) => one.type === 'volume' && one.destination === destination);
    if (mount !== undefined && existsSync(archive)) {
      await new VolumeOperations(parts).import(mount.source, createReadStream(archive));
    }
  }
}
