import { resolve } from 'node:path';
import {
  type CreateContainerOptions,
  InvalidArgumentError,
  type LogDriver,
  type NetworkMode,
  NotSupportedError,
  parseRestartPolicy,
  parseTmpfs,
  parseVolume,
} from '@tspod/core';
import type { containerFlags } from './container-flags.ts';
import type { Context } from './context.ts';
import type { FlagValues } from './grammar/flags.ts';
import { parseNamespace } from './namespace-modes.ts';
import { environmentOf } from './process-options.ts';
import { readUserFile } from './user-file.ts';

const logDrivers: readonly string[] = ['k8s-file', 'json-file', 'journald', 'none', 'passthrough'] satisfies LogDriver[];
const logOptionNames: readonly string[] = ['max-size', 'path', 'tag'];

type Flags = FlagValues<typeof containerFlags>;

/**
 * What the command line of `run` or `create` asks for.
 * @throws {InvalidArgumentError} {NotSupportedError} naming what can't be used.
 */
export function createOptions(
  flags: Flags,
  [source = '', ...command]: readonly string[],
  context: Context,
): CreateContainerOptions {
  refusePorts(flags.publish);
  const pathOf = (path: string | undefined) => (path === undefined ? undefined : resolve(context.workingDirectory, path));
  return {
    rootfs: flags.rootfs ? directoryRoot(source, context) : { image: source },
    name: flags.name,
    command,
    entrypoint: flags.entrypoint === undefined ? undefined : parseEntrypoint(flags.entrypoint),
    environment: environmentOf(flags, context.environment),
    user: flags.user,
    workingDirectory: flags.workdir,
    hostname: flags.hostname,
    labels: labelsOf(flags),
    annotations: Object.fromEntries(flags.annotation.map(parseAnnotation)),
    terminal: flags.tty,
    stdin: flags.interactive,
    network: flags.network === undefined ? undefined : parseNetwork(flags.network),
    namespaces: namespacesOf(flags),
    pod: flags.pod ?? podIdFrom(flags['pod-id-file'], context),
    initContainer: flags['init-ctr'] as CreateContainerOptions['initContainer'],
    requires: flags.requires.length === 0 ? undefined : flags.requires,
    readOnly: flags['read-only'],
    privileged: flags.privileged,
    capAdd: flags['cap-add'],
    capDrop: flags['cap-drop'],
    mounts: [...flags.volume.map((text) => bindMount(text, context)), ...flags.tmpfs.map(parseTmpfs)],
    stopSignal: flags['stop-signal'],
    stopTimeout: flags['stop-timeout'],
    init: flags.init ? true : undefined,
    logDriver: flags['log-driver'] === undefined ? undefined : parseLogDriver(flags['log-driver']),
    logOptions: Object.fromEntries(flags['log-opt'].map((text) => parseLogOption(text, context))),
    autoRemove: flags.rm,
    restartPolicy: flags.restart ? parseRestartPolicy(flags.restart) : undefined,
    pidFile: pathOf(flags.pidfile),
    cidFile: pathOf(flags.cidfile),
    cgroupParent: flags['cgroup-parent'],
    createCommand: context.commandLine,
  };
}

function directoryRoot(text: string, { workingDirectory }: Context): CreateContainerOptions['rootfs'] {
  const overlay = text.endsWith(':O');
  return { directory: resolve(workingDirectory, overlay ? text.slice(0, -2) : text), overlay };
}

function bindMount(text: string, { workingDirectory }: Context) {
  const mount = parseVolume(text);
  return { ...mount, source: resolve(workingDirectory, mount.source) };
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
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return Object.fromEntries([...fromFiles, ...flags.label].map(parseLabel));
}

function parseLabel(text: string): [string, string] {
  const [key, value = ''] = splitAtEquals(text);
  if (key === '') throw invalid(`unable to process labels: invalid label format: "${text}"`, 'a label is NAME or NAME=VALUE');
  return [key, value];
}

function parseAnnotation(text: string): [string, string] {
  const [key, value] = splitAtEquals(text);
  if (key === '' || value === undefined) throw invalid(`annotations must be formatted KEY=VALUE, not "${text}"`);
  return [key, value];
}

function parseLogDriver(text: string): LogDriver {
  if (!logDrivers.includes(text)) throw invalid(`invalid log driver "${text}"`, `choose one of ${logDrivers.join(', ')}`);
  return text as LogDriver;
}

function parseLogOption(text: string, { workingDirectory }: Context): [string, string] {
  const [key, value] = splitAtEquals(text);
  if (value === undefined) throw invalid(`invalid log option "${text}"`, 'a log option is NAME=VALUE');
  if (!logOptionNames.includes(key)) throw invalid(`unknown log option "${key}"`, `known ones are ${logOptionNames.join(', ')}`);
  return [key, key === 'path' ? resolve(workingDirectory, value) : value];
}

function namespacesOf(flags: Flags): CreateContainerOptions['namespaces'] {
  const chosen = {
    ...(flags.ipc !== undefined && { ipc: parseNamespace(flags.ipc, ['shareable', 'none']) }),
    ...(flags.pid !== undefined && { pid: parseNamespace(flags.pid) }),
    ...(flags.uts !== undefined && { uts: parseNamespace(flags.uts) }),
    ...(flags.cgroupns !== undefined && { cgroup: parseNamespace(flags.cgroupns) }),
  };
  return Object.keys(chosen).length === 0 ? undefined : chosen;
}

function podIdFrom(file: string | undefined, { workingDirectory }: Context): string | undefined {
  return file === undefined ? undefined : readUserFile(resolve(workingDirectory, file), 'reading the pod id file').trim();
}

export function parseNetwork(text: string): NetworkMode {
  if (text === 'none' || text === 'host' || text === 'private') return text;
  if (/^(container|ns):./.test(text)) return text as NetworkMode;
  throw new NotSupportedError(`can't connect to network "${text}": networks are not available in this version of tspod`, {
    code: 'no-networks',
    hint: 'use --network none or --network host',
  });
}

function refusePorts(ports: readonly string[]): void {
  if (ports.length === 0) return;
  throw new NotSupportedError(`can't publish port ${ports.join(', ')}: networks are not available in this version of tspod`, {
    code: 'no-networks',
    hint: 'use --network host, which needs no published ports, or --network none',
  });
}

function splitAtEquals(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option', hint });
}
