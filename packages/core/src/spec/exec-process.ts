import { normaliseCapabilities, processCapabilities } from '../capabilities.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Process, Spec } from '../oci/spec.ts';
import { type RunFacts, withUsualVariables } from './generate.ts';
import { clampRlimits, type HostLimits } from './rlimits.ts';

export interface ExecProcessRequest {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Absolute. Default: the container's. */
  readonly workingDirectory?: string | undefined;
  readonly terminal?: boolean | undefined;
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
  /** Every capability of the machine. Default: the container's. */
  readonly privileged?: boolean | undefined;
  readonly user: RunFacts['user'];
  readonly hostname: string;
  /** As the container was created with, in normal form. */
  readonly capAdd: readonly string[];
  readonly boundingCapabilities: readonly string[];
  readonly limits: HostLimits;
}

/** The process of an exec session: the container's own, as its spec was at creation, with what the session asks for. */
export function execProcess({ process }: Spec, request: ExecProcessRequest): Process {
  if (process === undefined)
    throw new InvalidArgumentError('the container has no process to take after', { code: 'invalid-spec' });
  const { user, terminal = false, size, workingDirectory = process.cwd } = request;
  if (!workingDirectory.startsWith('/')) {
    throw new InvalidArgumentError(`the working directory "${workingDirectory}" is not an absolute path`, {
      code: 'invalid-working-directory',
    });
  }
  const granted = request.privileged
    ? normaliseCapabilities(request.boundingCapabilities)
    : (process.capabilities?.bounding ?? []);
  const { consoleSize: _, ...inherited } = process;
  return {
    ...inherited,
    terminal,
    ...(terminal && size && { consoleSize: { height: size.rows, width: size.columns } }),
    user: {
      uid: user.uid,
      gid: user.gid,
      ...(process.user.umask !== undefined && { umask: process.user.umask }),
      ...(user.additionalGids.length > 0 && { additionalGids: [...user.additionalGids] }),
    },
    args: [...request.command],
    env: withUsualVariables(environmentOf(process.env ?? [], request), {
      home: user.home ?? workingDirectory,
      hostname: request.hostname,
    }),
    cwd: workingDirectory,
    capabilities: request.privileged
      ? processCapabilities(granted, 0, [])
      : processCapabilities(granted, user.uid, request.capAdd),
    rlimits: clampRlimits(process.rlimits ?? [], request.limits),
  };
}

function environmentOf(inherited: readonly string[], { environment = {}, terminal }: ExecProcessRequest): string[] {
  const own = { ...(terminal ? { TERM: 'xterm' } : {}), ...environment };
  const kept = inherited.filter((variable) => !(variable.slice(0, variable.indexOf('=')) in own));
  return [...kept, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)];
}
