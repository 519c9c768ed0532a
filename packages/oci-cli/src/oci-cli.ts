import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckpointRequest,
  type CompiledSeccomp,
  CorruptError,
  executableUsability,
  executableVersion,
  type Host,
  InvalidArgumentError,
  NotFoundError,
  type OciRuntime,
  type Resources,
  RuntimeFailedError,
  type RuntimeState,
  type Usability,
  unusable,
} from '@tspod/core';
import { recordDirectory } from './record-directory.ts';
import { runProgram } from './run-program.ts';
import { parseRuntimeState } from './runtime-state.ts';
import type { OciCliSettings } from './settings.ts';
import type { OciCliTraits } from './traits.ts';

export interface OciCliDependencies {
  readonly host: Pick<Host, 'facts'>;
  /** Of this process; the runtime gets `PATH` and `XDG_RUNTIME_DIR` of it and nothing else. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** An `OciRuntime` that is an executable with runc's command line. */
export function createOciCli(settings: OciCliSettings, traits: OciCliTraits, deps: OciCliDependencies): OciRuntime {
  const { name, path } = settings;
  const environment = minimalEnvironment(deps.environment ?? process.env);
  const globalArguments = [
    ...(settings.stateRoot === undefined ? [] : [`--root=${settings.stateRoot}`]),
    ...(settings.systemdCgroup ? ['--systemd-cgroup'] : []),
    ...(settings.extraArguments ?? []),
  ];

  async function call(verb: string, id: string, options: readonly string[] = [], rest: readonly string[] = []): Promise<string> {
    requireValidId(id);
    const argv = [...globalArguments, verb, ...options, id, ...rest];
    const result = await runProgram(path, argv, { environment, wantsOutput: verb === 'state' });
    if (result.exitCode === 0) return result.stdout;
    const { failureOf } = await import('./failure.ts');
    throw failureOf(settings, traits, { verb, id, argv, result });
  }

  /** Undefined when it knows no such container. */
  async function state(id: string): Promise<RuntimeState | undefined> {
    let text: string;
    try {
      text = await call('state', id);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
    const known = parseRuntimeState(text);
    if (known !== undefined) return known;
    throw new RuntimeFailedError(`${name} answers no state document for container ${id}: ${text.slice(0, 200)}`, {
      code: 'oci-state-failed',
      argv: [path, ...globalArguments, 'state', id],
      exitCode: 0,
    });
  }

  /** Answers the failure, if it is one. */
  async function tryDelete(id: string): Promise<RuntimeFailedError | undefined> {
    try {
      await call('delete', id, ['--force']);
    } catch (error) {
      if (error instanceof RuntimeFailedError) return error;
      if (!(error instanceof NotFoundError)) throw error;
    }
    return undefined;
  }

  /** What `state` tells, or that it can't tell. */
  async function statusAfter(failure: RuntimeFailedError, id: string): Promise<RuntimeState['status'] | 'gone'> {
    try {
      return (await state(id))?.status ?? 'gone';
    } catch {
      throw failure;
    }
  }

  /** With what this runtime can set in place of what it can't. */
  function settable(resources: Resources): Resources {
    const { cpu } = resources;
    const isLifted = cpu?.quota !== undefined && cpu.quota < 0;
    if (!isLifted || traits.largestQuota === undefined) return resources;
    return { ...resources, cpu: { ...cpu, quota: traits.largestQuota } };
  }

  return {
    specVersion: 'v1',
    name,
    path,
    capabilities: traits.capabilities,
    compiledSeccomp: compiledSeccomp(traits, settings),

    async probe() {
      const there = executableUsability(path);
      if (!there.usable || !traits.refusesHybridControllers) return there;
      const { hybridControllers } = await deps.host.facts();
      return hybridControllers.length === 0 ? there : refusal(name, hybridControllers);
    },

    version: () => executableVersion(path),

    commandLine: ({ logPath, noCgroup }) => ({
      executable: path,
      globalArguments: [
        '--log-format=json',
        `--log=${logPath}`,
        ...globalArguments,
        ...(noCgroup ? (traits.noCgroupArguments ?? []) : []),
      ],
      logPath,
    }),

    async state(id) {
      const known = await state(id);
      if (known !== undefined) return known;
      const { unknownTo } = await import('./failure.ts');
      throw unknownTo(settings, traits, id);
    },

    async start(id) {
      await call('start', id);
    },

    async kill(id, signal, { all = false } = {}) {
      await call('kill', id, all ? ['--all'] : [], [String(signal)]);
    },

    async delete(id, { discardDamaged = false } = {}) {
      let failure: RuntimeFailedError | undefined;
      try {
        failure = await tryDelete(id);
      } catch (error) {
        if (!(discardDamaged && error instanceof CorruptError && traits.record !== undefined)) throw error;
        rmSync(recordDirectory(traits.record, id, settings.stateRoot), { recursive: true, force: true });
        return;
      }
      if (failure === undefined) return;
      const status = await statusAfter(failure, id);
      // a deletion whose caller was killed was still at work, and faster
      if (status === 'gone') return;
      // crun fails when the process ends between its look and its signal; now there is nothing to signal any more
      const again = status === 'stopped' ? await tryDelete(id) : failure;
      if (again !== undefined) throw again;
    },

    async pause(id) {
      await call('pause', id);
    },

    async resume(id) {
      await call('resume', id);
    },

    ...(traits.capabilities.checkpoint && {
      async checkpointUsability(needs = {}) {
        const verb = await runProgram(path, ['checkpoint', '--help'], { environment });
        if (verb.exitCode !== 0) return unusable('configured runtime does not support checkpoint/restore');
        const { criuUsability } = await import('./criu.ts');
        return criuUsability(environment, needs);
      },

      async checkpoint(id: string, request: CheckpointRequest) {
        await call('checkpoint', id, checkpointOptions(request));
      },
    }),

    async update(id, resources) {
      const document = settable(resources);
      const { withDocument } = await import('./with-document.ts');
      await withDocument(document, (file) => call('update', id, ['--resources', file]));
    },
  };
}

function checkpointOptions(request: CheckpointRequest): string[] {
  const { imagePath, workPath, parentPath } = request;
  return [
    ...['--image-path', imagePath, '--work-path', workPath],
    ...(request.leaveRunning ? ['--leave-running'] : []),
    ...(request.tcpEstablished ? ['--tcp-established'] : []),
    ...(request.fileLocks ? ['--file-locks'] : []),
    ...(request.preDump ? ['--pre-dump'] : []),
    ...(parentPath === undefined ? [] : ['--parent-path', parentPath]),
  ];
}

function compiledSeccomp(
  { compiledSeccomp: trait, record }: OciCliTraits,
  { stateRoot }: OciCliSettings,
): CompiledSeccomp | undefined {
  if (trait === undefined || record === undefined) return undefined;
  return { annotation: trait.annotation, path: (id) => join(recordDirectory(record, id, stateRoot), trait.file) };
}

function minimalEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = ['PATH', 'XDG_RUNTIME_DIR'].map((key) => [key, environment[key]] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** Some runtimes use an id as part of a path without a look at it, and `-x` would be an option. */
function requireValidId(id: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.+-]*$/.test(id)) return;
  throw new InvalidArgumentError(`${JSON.stringify(id)} is no container id`, {
    code: 'invalid-container-id',
    hint: 'use a letter or digit, then letters, digits, underscores, dots, plus signs and hyphens',
  });
}

function refusal(name: string, controllers: readonly string[]): Usability {
  const commands = controllers.map((controller) => {
    const directory = `/sys/fs/cgroup/${controller}`;
    return `mkdir -p ${directory} && mount -t cgroup -o ${controller} cgroup ${directory}`;
  });
  return unusable(
    `${name} refuses a hybrid cgroup layout whose cgroup2 mount holds controllers (${controllers.join(', ')}): run scripts/setup, or ${commands.join(' && ')}`,
  );
}
