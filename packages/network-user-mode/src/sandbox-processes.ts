import { closeSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  executableUsability,
  executableVersion,
  type JoinedSandbox,
  type Sandbox,
  type UserModeNetwork,
  type UserModeProgram,
  type UserModeRequest,
  withUndoFailure,
} from '@tspod/core';
import {
  makeNetworkNamespace,
  newNetworkNamespacePath,
  RecordFiles,
  removeNetworkNamespace,
  reservePorts,
  signalProcess,
  waitGone,
} from '@tspod/linux';
import { lookUpHelper } from './find-helper.ts';
import { planPasta } from './pasta.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import { planSlirp4netns } from './slirp4netns.ts';
import type { UserModeSettings } from './user-mode-settings.ts';

const SIGKILL = 9;

/** Sandboxes that helper processes serve. */
export class SandboxProcesses implements UserModeNetwork {
  readonly specVersion = 'v1';
  readonly #settings: UserModeSettings;
  readonly #records: RecordFiles<SandboxRecord>;

  constructor(settings: UserModeSettings) {
    this.#settings = settings;
    this.#records = new RecordFiles(settings.recordDirectory);
  }

  async join(request: UserModeRequest): Promise<JoinedSandbox> {
    const { containerId, mode } = request;
    await this.leave(containerId);
    const namespace = newNetworkNamespacePath();
    const plan = (mode === 'pasta' ? planPasta : planSlirp4netns)(request, namespace, this.#settings);
    // the helper listens itself, and says less when it can't
    reservePorts(request.ports).release();
    const directory = this.#directoryOf(containerId);
    const record: SandboxRecord = { containerId, mode, sandbox: plan.sandbox, processes: [] };
    try {
      this.#records.write(record);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      makeNetworkNamespace(namespace);
      const { processes, lifeline } = await plan.start(directory);
      const descriptors = lifeline === undefined ? [] : [lifeline];
      this.#records.write({ ...record, processes });
      return {
        sandbox: plan.sandbox,
        keptDescriptors: [...descriptors],
        release: () => descriptors.splice(0).forEach((descriptor) => void closeSync(descriptor)),
        ready: Promise.resolve(plan.sandbox),
      };
    } catch (failure) {
      await this.leave(containerId).catch((undoFailure: unknown) => {
        throw withUndoFailure(failure, undoFailure);
      });
      throw failure;
    }
  }

  async leave(containerId: string): Promise<void> {
    const record = this.#records.read(containerId);
    if (record === undefined) return;
    for (const helper of record.processes) if (signalProcess(helper, SIGKILL)) await waitGone(helper);
    removeNetworkNamespace(record.sandbox.namespace);
    rmSync(this.#directoryOf(containerId), { recursive: true, force: true });
    this.#records.remove(containerId);
  }

  async sandbox(containerId: string): Promise<Sandbox | undefined> {
    return this.#records.read(containerId)?.sandbox;
  }

  async sandboxes(): Promise<readonly string[]> {
    return this.#records.ids();
  }

  async programs(): Promise<readonly UserModeProgram[]> {
    const { slirp4netns = lookUpHelper('slirp4netns', []), helperDirectories } = this.#settings;
    const paths = [
      ['slirp4netns', slirp4netns],
      ['pasta', lookUpHelper('pasta', helperDirectories)],
    ] as const;
    const found = paths.map(async ([mode, path]) => {
      if (path === undefined || !executableUsability(path).usable) return [];
      return [{ mode, path, version: (await executableVersion(path)).text }];
    });
    return (await Promise.all(found)).flat();
  }

  #directoryOf(containerId: string): string {
    return join(this.#settings.recordDirectory, containerId);
  }
}
