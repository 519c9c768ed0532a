import type { ExecSession } from '../contracts/state-store.ts';

/** podman's document of an exec session: its fields and types. */
export type ExecSessionInspect = ReturnType<typeof inspectSession>;

export function inspectSession({ process, exit, ...session }: ExecSession) {
  const isRunning = exit === undefined && process !== undefined;
  return {
    CanRemove: !isRunning,
    ContainerID: session.containerId,
    DetachKeys: session.detachKeys ?? '',
    ExitCode: exit?.exitCode ?? 0,
    ID: session.id,
    OpenStderr: !session.terminal,
    OpenStdin: session.stdin,
    OpenStdout: true,
    Running: isRunning,
    Pid: isRunning ? process.pid : 0,
    ProcessConfig: {
      arguments: session.command.slice(1),
      entrypoint: session.command[0] ?? '',
      privileged: session.privileged ?? false,
      tty: session.terminal,
      user: session.user ?? '',
    },
  };
}
