import type {
  OfferedSession,
  OfferOptions,
  OpenedSession,
  StreamClient,
  StreamService,
  StreamTicket,
} from '../contracts/stream-service.ts';
import { InvalidStateError, NotSupportedError } from '../errors.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import type { ContainerConfig } from './config.ts';
import type { ContainerExecSession } from './exec-session.ts';
import type { AttachHandle, AttachOptions, ExecOptions } from './io.ts';
import type { ContainerState } from './state.ts';
import type { ExecHandle } from './verbs/exec.ts';

/** Which of the process's streams the client gets. Default of each: those that the process has. */
export interface AttachUrlOptions {
  readonly stdin?: boolean | undefined;
  readonly stdout?: boolean | undefined;
  readonly stderr?: boolean | undefined;
  /** Default: none, because a client over the network has its own ways to leave. */
  readonly detachKeys?: string | undefined;
}

export interface ExecUrlOptions extends Omit<ExecOptions, 'attach'>, Omit<AttachUrlOptions, 'stdin'> {
  /** Kill the process when its client is gone before its end. Default: it goes on, and its session stays. */
  readonly endsWithClient?: boolean | undefined;
}

/** The container whose streams are offered. */
interface Offerer {
  config(): ContainerConfig;
  exec(options: ExecOptions): Promise<ExecHandle>;
  execSession(id: string): Promise<ContainerExecSession>;
  attach(options: AttachOptions): Promise<AttachHandle>;
}

export async function offerExec(
  parts: RuntimeParts,
  container: Offerer,
  state: ContainerState,
  options: ExecUrlOptions,
  offer: OfferOptions | undefined,
): Promise<StreamTicket> {
  const { stdout, stderr, detachKeys, endsWithClient, ...process } = options;
  if (state.status !== 'running') throw improper(state, 'can only create exec sessions on running containers', ['running']);
  const terminal = process.terminal ?? false;
  const session: OfferedSession = {
    kind: 'exec',
    terminal,
    stdin: process.stdin ?? false,
    stdout: stdout ?? true,
    stderr: (stderr ?? true) && !terminal,
    async open(client) {
      const run = await container.exec({ ...process, attach: attachOptions(session, client, detachKeys) });
      return {
        done: untilEnd(run, client, endsWithClient ?? false, container),
        resize: async (size) => run.attachment?.resize(size),
      };
    },
  };
  return serviceOf(parts).offer(session, offer);
}

async function untilEnd(
  run: ExecHandle,
  { signal }: StreamClient,
  endsWithClient: boolean,
  container: Offerer,
): Promise<number | undefined> {
  try {
    return (await run.attachment?.done) === 'detached' ? undefined : await run.exit;
  } catch (error) {
    if (endsWithClient && signal.aborted) await (await container.execSession(run.id)).kill();
    throw error;
  }
}

export async function offerAttach(
  parts: RuntimeParts,
  container: Offerer,
  state: ContainerState,
  { stdin, stdout, stderr, detachKeys }: AttachUrlOptions,
  offer: OfferOptions | undefined,
): Promise<StreamTicket> {
  if (state.status !== 'created' && state.status !== 'running') {
    throw improper(state, 'you can only attach to running containers', ['created', 'running']);
  }
  const config = container.config();
  const session: OfferedSession = {
    kind: 'attach',
    terminal: config.terminal,
    stdin: stdin ?? (config.stdin || config.terminal),
    stdout: stdout ?? true,
    stderr: (stderr ?? true) && !config.terminal,
    async open(client): Promise<OpenedSession> {
      const { done, resize } = await container.attach(attachOptions(session, client, detachKeys));
      return { done: done.then(() => undefined), resize };
    },
  };
  return serviceOf(parts).offer(session, offer);
}

function attachOptions(offered: OfferedSession, client: StreamClient, detachKeys = ''): AttachOptions {
  return {
    onOutput: (stream, chunk) => (offered[stream] ? client.onOutput(stream, chunk) : undefined),
    stdin: client.stdin,
    detachKeys,
    signal: client.signal,
  };
}

function serviceOf({ streams }: RuntimeParts): StreamService {
  if (streams !== undefined) return streams;
  throw new NotSupportedError('this runtime was composed without a stream service', {
    code: 'no-stream-service',
    hint: 'give `streams` among its parts, e.g. createStreamServer of @tspod/stream-server',
  });
}

function improper(state: ContainerState, message: string, allowed: readonly string[]): InvalidStateError {
  return new InvalidStateError(message, { code: 'container-state-improper', actual: state.status, allowed });
}
