import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkAttachment } from '../../contracts/network.ts';
import { InvalidArgumentError, NotSupportedError } from '../../errors.ts';
import type { Resources } from '../../oci/spec.ts';
import type { ContainerConfig } from '../config.ts';
import type { CreateContainerOptions } from '../create-options.ts';
import type { LockedContainer } from '../guard.ts';
import { checkpointFiles } from './files.ts';

/** Of the part of `config.dump` that is tspod's own. */
const formatVersion = 1;

/** What an archive says of the container that it is of. */
export interface DumpedContainer {
  readonly id: string;
  readonly name: string;
  readonly runtime: string;
  readonly hostname: string;
  /** What it was made with. */
  readonly request: CreateContainerOptions;
  /** Its limits at the time; undefined: those of the request. */
  readonly resources?: Resources | undefined;
  /** Its networks at the time. */
  readonly networks: readonly NetworkAttachment[];
  /** Volumes whose contents the archive has. */
  readonly volumes: readonly DumpedVolume[];
}

export interface DumpedVolume {
  readonly name: string;
  /** Where the container has it. */
  readonly destination: string;
}

/** Writes what says how the container was made: for other tools in podman's words, for tspod in its own. */
export function writeDocuments(
  { config, resources, networks }: LockedContainer,
  { checkpointedAt, volumes }: { readonly checkpointedAt: string; readonly volumes: readonly DumpedVolume[] },
): void {
  const { id, name, rootfs, spec, staticDir } = config;
  if (config.request === undefined) {
    throw new NotSupportedError(`what container ${name} was made with is not known`, {
      code: 'no-request',
      hint: 'it was made by an earlier version of tspod: write the checkpoint without exporting it',
    });
  }
  const own: DumpedContainer = {
    ...{ id, name, runtime: config.runtime, hostname: config.hostname, request: config.request as CreateContainerOptions },
    ...{ resources, volumes, networks: networks ?? config.networking?.attachments ?? [] },
  };
  const document = {
    ...{ spec, id, name },
    ...(rootfs.kind === 'image'
      ? { RawImageName: rootfs.imageName, rootfsImageID: rootfs.imageId, rootfsImageName: rootfs.imageName }
      : { rootfs: rootfs.path }),
    ...{ staticDir, runtime: config.runtime, createdTime: config.createdAt, checkpointedTime: checkpointedAt },
    ...{ command: config.command, entrypoint: config.entrypoint, stopSignal: config.stopSignal, stopTimeout: config.stopTimeout },
    ...{ labels: config.labels, cgroupParent: config.cgroupParent, shmSize: config.shmSize },
    ...{ logDriver: config.logDriver, logPath: config.logPath, privileged: config.privileged },
    tspod: { version: formatVersion, ...own },
  };
  const write = (file: string, content: unknown) =>
    writeFileSync(join(staticDir, file), JSON.stringify(content), { mode: 0o600 });
  write(checkpointFiles.config, document);
  write(checkpointFiles.spec, spec);
}

/**
 * What `config.dump` in a directory says.
 * @param source whence it comes, for complaints.
 * @throws {InvalidArgumentError} `invalid-checkpoint`; {NotSupportedError} `foreign-checkpoint`.
 */
export function readDocuments(directory: string, source: string): DumpedContainer {
  const text = readDump(join(directory, checkpointFiles.config), source);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid(source, `its ${checkpointFiles.config} is not JSON`, cause);
  }
  if (typeof document !== 'object' || document === null) throw invalid(source, `its ${checkpointFiles.config} is not an object`);
  const { tspod: own, name } = document as { readonly tspod?: unknown; readonly name?: unknown };
  if (own === undefined) {
    throw new NotSupportedError(`the checkpoint ${source} of container ${String(name)} was not made by tspod`, {
      code: 'foreign-checkpoint',
      hint: 'what was mounted in the container is part of its memory, and other engines mount otherwise: restore it with the engine that made it',
    });
  }
  if (!isDumped(own)) throw invalid(source, `its ${checkpointFiles.config} does not say how the container was made`);
  if (own.version !== formatVersion) {
    throw new NotSupportedError(`the checkpoint ${source} has format ${own.version}, this tspod reads ${formatVersion}`, {
      code: 'foreign-checkpoint',
      hint: 'restore it with the version of tspod that made it',
    });
  }
  return own;
}

function readDump(path: string, source: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw invalid(source, `failed to read ${checkpointFiles.config}: no such file or directory`, cause);
  }
}

function isDumped(value: unknown): value is DumpedContainer & { readonly version: number } {
  if (typeof value !== 'object' || value === null) return false;
  const { version, id, name, runtime, hostname, request, networks, volumes } = value as Record<string, unknown>;
  const texts = [id, name, runtime, hostname].every((text) => typeof text === 'string');
  const lists = Array.isArray(networks) && Array.isArray(volumes);
  return typeof version === 'number' && texts && lists && typeof request === 'object' && request !== null && 'rootfs' in request;
}

function invalid(source: string, what: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`failed extracting runtime information from ${source}: ${what}`, {
    code: 'invalid-checkpoint',
    hint: 'give an archive that `container checkpoint --export` wrote',
    cause,
  });
}

/** Volumes whose contents a checkpoint of this container can have. */
export function volumesOf({ userMounts }: ContainerConfig): readonly DumpedVolume[] {
  return userMounts.flatMap(({ type, source, destination }) => (type === 'volume' ? [{ name: source, destination }] : []));
}
