import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from '../errors.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig, NotifyMode } from './config.ts';

export interface NotifyOptions {
  /** Default: `container`. */
  readonly mode?: NotifyMode | undefined;
  /** The socket of who waits for it, a path or `@name`: a process of the container gets a way to it with mode `container`. */
  readonly socket?: string | undefined;
}

const modes: readonly string[] = ['container', 'conmon', 'ignore'] satisfies NotifyMode[];

/** Undefined: the default, and nobody waits. @throws {InvalidArgumentError} `invalid-option` */
export function checkNotify({ mode = 'container', socket }: NotifyOptions): ContainerConfig['notify'] {
  if (!modes.includes(mode)) {
    throw new InvalidArgumentError(
      `invalid config provided: invalid argument: invalid sdnotify value "${mode}": must be container, conmon or ignore`,
      { code: 'invalid-option' },
    );
  }
  const isUsed = mode !== 'ignore' && socket !== undefined && socket !== '';
  return mode === 'container' && !isUsed ? undefined : { mode, ...(isUsed && { socket }) };
}

/** The socket to which the monitor passes on what the container's process says; undefined: it has nothing to say. */
export function proxiedSocket({ notify }: ContainerConfig): string | undefined {
  return notify?.mode === 'container' ? notify.socket : undefined;
}

/** Where in the container the monitor's own socket is. */
const directory = '/run/notify';

/** With the directory in which the monitor makes its socket. */
export function withNotifySocket({ staticDir }: ContainerConfig, spec: Spec): Spec {
  const source = join(staticDir, 'notify');
  rmSync(source, { recursive: true, force: true }); // the socket of an earlier run
  mkdirSync(source, { mode: 0o755 });
  const process = spec.process && {
    ...spec.process,
    env: [...(spec.process.env ?? []), `NOTIFY_SOCKET=${directory}/notify.sock`],
  };
  const mount = { destination: directory, type: 'bind', source, options: ['bind', 'rprivate'] };
  return { ...spec, ...(process && { process }), mounts: [...(spec.mounts ?? []), mount] };
}

/** Tells the service manager, if one waits for this engine's process, which process counts, and that it is ready unless it says so itself. */
export async function tellServiceManager(
  { host, defaults, log }: RuntimeParts,
  { notify }: ContainerConfig,
  monitorPid: number | undefined,
): Promise<void> {
  const { NOTIFY_SOCKET: socket } = defaults.engineEnvironment;
  if (!socket || monitorPid === undefined || notify?.mode === 'ignore') return;
  const lines = [`MAINPID=${monitorPid}`, ...(notify?.mode === 'conmon' ? ['READY=1'] : [])];
  try {
    await host.sendDatagram(socket, lines.join('\n'));
  } catch (error) {
    log('error', `telling the service manager at ${socket} the pid of the monitor: ${(error as Error).message}`);
  }
}
