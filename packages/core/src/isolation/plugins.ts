import { existsSync } from 'node:fs';
import type { ContainerConfig } from '../container/config.ts';
import { EngineError, UnavailableError } from '../errors.ts';
import type { Hook, Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';

/** Seconds that a precreate hook without a timeout of its own gets. */
const patience = 10;

/**
 * What others add to the spec that the runtime gets: devices of the Container Device Interface, and hooks of the machine's directories.
 * Mostly nothing, and then nothing is loaded.
 *
 * @throws {UnavailableError} `unresolvable-device`, `hook-failed`; {InvalidArgumentError} `invalid-hook`.
 */
export async function withPlugins(parts: RuntimeParts, config: ContainerConfig, spec: Spec): Promise<Spec> {
  const { cdiDevices } = config.isolation ?? {};
  const directories = parts.defaults.hooksDirectories.filter((directory) => existsSync(directory));
  let changed = spec;
  if (cdiDevices !== undefined) {
    const { cdiEdits, withCdiEdits } = await import('./cdi.ts');
    changed = await withCdiEdits(changed, await cdiEdits(cdiDevices, parts.defaults.cdiDirectories), parts.host);
  }
  if (directories.length === 0) return changed;
  const { readHooks, withHooks } = await import('./hooks.ts');
  try {
    const subject = {
      command: changed.process?.args ?? [],
      annotations: changed.annotations ?? {},
      hasBindMounts: config.userMounts.length > 0,
    };
    return await withHooks(changed, readHooks(directories), subject, runHook);
  } catch (error) {
    if (EngineError.isInstance(error)) error.message = `setting up OCI Hooks: ${error.message}`;
    throw error;
  }
}

/** Runs a program with a text on stdin and answers its stdout. */
async function runHook({ path, args = [], env = [], timeout = patience }: Hook, input: string): Promise<string> {
  const { spawn } = await import('node:child_process');
  const environment = Object.fromEntries(env.map((variable) => variable.split(/=(.*)/s).slice(0, 2)));
  const child = spawn(path, args.slice(1), {
    argv0: args[0] ?? path,
    env: environment,
    timeout: timeout * 1000,
    killSignal: 'SIGKILL',
  });
  const output: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on('error', () => undefined); // it need not read what it is told
  child.stdin.end(input);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  if (code === 0) return Buffer.concat(output).toString('utf8');
  const end = signal === null ? `exit status ${code}` : `signal ${signal}, after ${timeout} s at most`;
  const words = Buffer.concat(complaint).toString('utf8').trim();
  throw new UnavailableError(`executing precreate hook ${path}: ${end}${words === '' ? '' : `: ${words}`}`, {
    code: 'hook-failed',
  });
}
