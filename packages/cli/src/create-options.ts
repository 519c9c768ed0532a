import { resolve } from 'node:path';
import {
  type CreateContainerOptions,
  InvalidArgumentError,
  type LogDriver,
  logDrivers,
  type NotifyMode,
  parseRestartPolicy,
} from '@tspod/core';
import type { containerFlags } from './container-flags.ts';
import type { Context } from './context.ts';
import { healthOptions } from './create/health-options.ts';
import { isolationOptions, userNamespaceOf } from './create/isolation-options.ts';
import { limitOptions } from './create/limit-options.ts';
import { mountOptions } from './create/mount-options.ts';
import { networkOptions } from './create/network-flags.ts';
import { secretOptions } from './create/secret-flags.ts';
import type { FlagValues } from './grammar/flags.ts';
import { parseNamespace } from './namespace-modes.ts';
import { environmentOf } from './process-options.ts';
import { readUserFile } from './user-file.ts';

const logOptionNames: readonly string[] = ['max-file', 'max-size', 'path', 'tag'];

type Flags = FlagValues<typeof containerFlags> & { readonly passwd?: boolean };

/**
 * What the command line of `run` or `create` asks for. A text that is empty, as scripts have it from a variable that is not set, counts as
 * not given where it can't mean anything.
 * @throws {InvalidArgumentError} {NotSupportedError} naming what can't be used.
 */
export function createOptions(
  flags: Flags,
  [source = '', ...command]: readonly string[],
  context: Context,
): CreateContainerOptions {
  checkSharedMemory(flags);
  const pathOf = (path: string | undefined) => (path === undefined ? undefined : resolve(context.workingDirectory, path));
  return {
    rootfs: flags.rootfs ? directoryRoot(source, context) : { image: source },
    name: flags.name || undefined,
    command,
    entrypoint: flags.entrypoint === undefined ? undefined : parseEntrypoint(flags.entrypoint),
    environment: environmentOf({ ...flags, env: flags.env.filter(Boolean) }, context.environment),
    user: flags.user,
    workingDirectory: flags.workdir || undefined,
    hostname: flags.hostname || undefined,
    labels: labelsOf(flags),
    annotations: Object.fromEntries(flags.annotation.map(parseAnnotation)),
    terminal: flags.tty,
    stdin: flags.interactive,
    ...networkOptions(flags),
    namespaces: namespacesOf(flags),
    pod: flags.pod || podIdFrom(flags['pod-id-file'], context),
    initContainer: flags['init-ctr'] as CreateContainerOptions['initContainer'],
    requires: flags.requires.length === 0 ? undefined : flags.requires,
    readOnlyTmpfs: flags['read-only-tmpfs'] ? undefined : false,
    isolation: isolationOptions(flags, context),
    privileged: flags.privileged,
    capAdd: flags['cap-add'],
    capDrop: flags['cap-drop'],
    ...mountOptions(flags, context),
    ...secretOptions(flags),
    stopSignal: flags['stop-signal'] || undefined,
    stopTimeout: flags['stop-timeout'],
    init: flags.init,
    logDriver: flags['log-driver'] ? parseLogDriver(flags['log-driver']) : undefined,
    logOptions: Object.fromEntries(flags['log-opt'].map((text) => parseLogOption(text, context))),
    autoRemove: flags.rm,
    restartPolicy: flags.restart ? parseRestartPolicy(flags.restart) : undefined,
    pidFile: pathOf(flags.pidfile),
    cidFile: pathOf(flags.cidfile),
    cgroupParent: flags['cgroup-parent'] || undefined,
    notify: notifyOptions(flags.sdnotify, context.environment.NOTIFY_SOCKET),
    ...healthOptions(flags),
    timeLimit: flags.timeout,
    ...limitOptions(flags, context.output),
    createCommand: context.commandLine,
  };
}

function notifyOptions(mode: string | undefined, socket: string | undefined): CreateContainerOptions['notify'] {
  return mode === undefined && socket === undefined ? undefined : { mode: mode as NotifyMode | undefined, socket };
}

function directoryRoot(text: string, { workingDirectory }: Context): CreateContainerOptions['rootfs'] {
  const overlay = text.endsWith(':O');
  return { directory: resolve(workingDirectory, overlay ? text.slice(0, -2) : text), overlay };
}

/** A JSON list, or one word; nothing for none. */
function parseEntrypoint(text: string): readonly string[] {
  if (text === '') return [];
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [text];
}

export function labelsOf(flags: Pick<Flags, 'label' | 'label-file'>): Record<string, string> {
  const fromFiles = flags['label-file'].flatMap((path) =>
    readUserFile(path, 'unable to process labels')
      .split(/\r?\n/)
      .map((line) => line.trimStart())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(withoutSpaceInName),
  );
  return Object.fromEntries([...fromFiles, ...flags.label].map(parseLabel));
}

/** In a file, a space before the equals sign is a slip. @throws {InvalidArgumentError} `invalid-option` */
function withoutSpaceInName(line: string): string {
  const [name] = splitAtEquals(line);
  if (/\s/.test(name)) throw invalid(`unable to process labels: name "${name}" has white spaces, poorly formatted name`);
  return line;
}

function parseLabel(text: string): [string, string] {
  const [key, value = ''] = splitAtEquals(text);
  if (key === '') throw invalid(`unable to process labels: invalid label format: "${text}"`, 'a label is NAME or NAME=VALUE');
  return [key, value];
}

export function parseAnnotation(text: string): [string, string] {
  const [key, value] = splitAtEquals(text);
  if (key === '' || value === undefined) throw invalid(`annotations must be formatted KEY=VALUE, not "${text}"`);
  return [key, value];
}

export function parseLogDriver(text: string): LogDriver {
  if (!(logDrivers as readonly string[]).includes(text))
    throw invalid(`invalid log driver "${text}"`, `choose one of ${logDrivers.join(', ')}`);
  return text as LogDriver;
}

export function parseLogOption(text: string, { workingDirectory }: Context): [string, string] {
  const [key, value] = splitAtEquals(text);
  if (value === undefined) throw invalid(`invalid log option "${text}"`, 'a log option is NAME=VALUE');
  if (!logOptionNames.includes(key)) throw invalid(`unknown log option "${key}"`, `known ones are ${logOptionNames.join(', ')}`);
  return [key, key === 'path' ? resolve(workingDirectory, value) : value];
}

function namespacesOf(flags: Flags): CreateContainerOptions['namespaces'] {
  const chosen = {
    ...(flags.ipc && { ipc: parseNamespace(flags.ipc, ['shareable', 'none']) }),
    ...(flags.pid && { pid: parseNamespace(flags.pid) }),
    ...(flags.uts && { uts: parseNamespace(flags.uts) }),
    ...(flags.userns !== undefined && userNamespaceOf(flags).mode !== undefined && { user: userNamespaceOf(flags).mode }),
    ...(flags.cgroupns && { cgroup: parseNamespace(flags.cgroupns) }),
  };
  return Object.keys(chosen).length === 0 ? undefined : chosen;
}

/** /dev/shm of the host is not ours to size, and `none` has none. */
function checkSharedMemory({ ipc, 'shm-size': size }: Flags): void {
  if (size && (ipc === 'host' || ipc === 'none')) throw invalid(`cannot set --shm-size together with --ipc ${ipc}`);
}

function podIdFrom(file: string | undefined, { workingDirectory }: Context): string | undefined {
  return file ? readUserFile(resolve(workingDirectory, file), 'reading the pod id file').trim() : undefined;
}

function splitAtEquals(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option', hint });
}
