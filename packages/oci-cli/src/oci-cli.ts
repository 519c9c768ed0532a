import { join } from 'node:path';
import {
  type CompiledSeccomp,
  executableUsability,
  executableVersion,
  type Host,
  InvalidArgumentError,
  NotFoundError,
  type OciRuntime,
  RuntimeFailedError,
  type RuntimeState,
  runtimeMessage,
  type Usability,
  unusable,
} from '@tspod/core';
import { type ProgramResult, runProgram } from './run-program.ts';
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
    throw failure(verb, id, argv, result);
  }

  function failure(verb: string, id: string, argv: readonly string[], result: ProgramResult): NotFoundError | RuntimeFailedError {
    const message = runtimeMessage(result.stderr);
    if (traits.unknownContainer.some((pattern) => pattern.test(message))) {
      return new NotFoundError(`${name} knows no container ${id}`, { code: 'no-such-container' });
    }
    const end = result.signal === undefined ? `ended with exit code ${result.exitCode}` : `was ended by ${result.signal}`;
    return new RuntimeFailedError(message === '' ? `${name} ${verb} of container ${id} ${end} and without a message` : message, {
      code: `oci-${verb}-failed`,
      argv: [path, ...argv],
      exitCode: result.exitCode,
      stderr: result.stderr,
    });
  }

  /** Not any more when a deletion whose caller was killed is still at work, and was faster. */
  async function isKnown(id: string): Promise<boolean> {
    try {
      await call('state', id);
      return true;
    } catch (error) {
      return !(error instanceof NotFoundError);
    }
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

    commandLine: ({ logPath }) => ({
      executable: path,
      globalArguments: ['--log-format=json', `--log=${logPath}`, ...globalArguments],
      logPath,
    }),

    async state(id): Promise<RuntimeState> {
      const text = await call('state', id);
      const state = parseRuntimeState(text);
      if (state !== undefined) return state;
      throw new RuntimeFailedError(`${name} answers no state document for container ${id}: ${text.slice(0, 200)}`, {
        code: 'oci-state-failed',
        argv: [path, ...globalArguments, 'state', id],
        exitCode: 0,
      });
    },

    async start(id) {
      await call('start', id);
    },

    async kill(id, signal, { all = false } = {}) {
      await call('kill', id, all ? ['--all'] : [], [String(signal)]);
    },

    async delete(id) {
      try {
        await call('delete', id, ['--force']);
      } catch (error) {
        if (!(error instanceof NotFoundError) && (await isKnown(id))) throw error;
      }
    },

    async pause(id) {
      await call('pause', id);
    },

    async resume(id) {
      await call('resume', id);
    },
  };
}

function compiledSeccomp({ compiledSeccomp: trait }: OciCliTraits, { stateRoot }: OciCliSettings): CompiledSeccomp | undefined {
  if (trait === undefined) return undefined;
  return { annotation: trait.annotation, path: (id) => join(stateRoot ?? trait.stateRoot, id, trait.file) };
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
