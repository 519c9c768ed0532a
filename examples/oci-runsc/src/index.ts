import { type Backend, EngineError, firstExecutable, type OciRuntime, type RuntimeBackendSettings } from '@tspod/core';
import { createOciCli, type OciCliDependencies, type OciCliTraits } from '@tspod/oci-cli';

/** gVisor's runtime has runc's command line; this is what is different about it. */
const traits: OciCliTraits = {
  capabilities: {
    killsPaused: false,
    signalsPaused: false,
    noCgroups: false,
    checkpoint: false,
    update: false,
    systemdCgroups: false,
  },
  unknownContainer: [/^loading container: file does not exist$/],
};

/** ptrace needs neither KVM nor a new kernel. The sandbox has a network stack of its own, which is left without interfaces. */
const sandboxArguments = ['--platform=ptrace', '--network=none'];

export interface RunscSettings extends RuntimeBackendSettings {
  /** Default: runsc's own, `/var/run/runsc`. */
  readonly stateRoot?: string | undefined;
}

/** gVisor. Without an executable `probe` says that it is missing. */
export function createRunsc(settings: RunscSettings, deps: OciCliDependencies): OciRuntime {
  const paths = settings.paths ?? ['/usr/bin/runsc', '/usr/local/bin/runsc'];
  const path = firstExecutable(paths) ?? '/usr/bin/runsc';
  const extraArguments = [...sandboxArguments, ...settings.extraArguments];
  const runtime = createOciCli({ ...settings, name: 'runsc', path, extraArguments }, traits, deps);
  return {
    ...runtime,
    async delete(id) {
      if (await isPaused(runtime, id)) await runtime.resume(id); // it panics when it deletes what is paused
      await runtime.delete(id);
    },
  };
}

async function isPaused(runtime: OciRuntime, id: string): Promise<boolean> {
  try {
    return (await runtime.state(id)).status === 'paused';
  } catch (error) {
    if (EngineError.isInstance(error) && error.kind === 'not-found') return false;
    throw error;
  }
}

export const backend: Backend<'runtime'> = { specVersion: 'v1', role: 'runtime', name: 'runsc', create: createRunsc };
