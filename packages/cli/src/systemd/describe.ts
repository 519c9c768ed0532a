import { type Container, InvalidArgumentError, type Pod } from '@tspod/core';
import { command as podCreate } from '../commands/pod-create.ts';
import { command as run } from '../commands/run.ts';
import type { Command } from '../grammar/command.ts';
import { splitFlags } from './split-flags.ts';
import { type CommandLine, quote, type Unit } from './unit.ts';

export interface UnitOptions {
  /** Call units after names, not ids. */
  readonly useNames: boolean;
  /** Make containers anew at each start, and remove them at each end. */
  readonly makesNew: boolean;
  readonly isTemplate: boolean;
  readonly containerPrefix: string;
  readonly podPrefix: string;
  readonly separator: string;
  readonly restart: string;
  readonly restartSeconds: number | undefined;
  readonly startTimeout: number | undefined;
  /** Seconds; undefined: the container's own. */
  readonly stopTimeout: number | undefined;
  readonly environment: readonly string[];
  readonly userDependencies: readonly string[];
  /** The program with the flags that lead to this store. */
  readonly program: readonly string[];
}

/** What `--new` says itself, or what makes no sense below systemd. */
const replacedFlags = new Set([
  ...['cidfile', 'cgroups', 'conmon-pidfile', 'detach', 'pod', 'pod-id-file', 'replace', 'restart', 'rm', 'sdnotify'],
]);
const replacedPodFlags = new Set(['infra-conmon-pidfile', 'pod-id-file', 'replace', 'exit-policy']);

/** @throws {InvalidArgumentError} `no-create-command` */
export async function describeContainerUnit(
  container: Container,
  options: UnitOptions,
  pod?: { readonly unit: string },
): Promise<Unit> {
  const name = unitName(options.containerPrefix, options.useNames ? container.name : container.id, options);
  const stopTimeout = options.stopTimeout ?? container.config().stopTimeout;
  const dependencies = pod === undefined ? [] : [`BindsTo=${pod.unit}.service`, `After=${pod.unit}.service`];
  const common = {
    ...commonOf(options),
    name,
    dependencies,
    userDependencies: options.userDependencies,
    environment: options.environment,
    stopTimeout,
  };
  if (!options.makesNew) {
    const { ConmonPidFile } = await container.inspect();
    return { ...common, ...forExisting(options, stopTimeout, options.useNames ? container.name : container.id, ConmonPidFile) };
  }
  const file = '%t/%n.ctr-id';
  const { flags, rest } = createFlags(container.config().createCommand, run, `container ${container.name}`);
  const kept = flags.filter(({ name: flag }) => !replacedFlags.has(flag)).map(({ words }) => words.map(quote));
  const nameAt = kept.findIndex(([word = '']) => word === '--name' || word.startsWith('--name='));
  const isNamed = nameAt !== -1;
  if (isNamed && options.isTemplate)
    kept[nameAt] = (kept[nameAt] ?? []).map((word, index, all) => (index === all.length - 1 ? `${word}-%i` : word));
  return {
    ...common,
    needsMount: '%t/containers',
    startLimitBurst: pod === undefined ? undefined : 3,
    execStartPre: [[['/bin/rm'], ['-f', file]]],
    execStart: [
      ...program(options, 'run'),
      [`--cidfile=${file}`],
      ['--cgroups=no-conmon'],
      ['--rm'],
      ...(pod === undefined ? [] : [['--pod-id-file', `%t/${pod.unit}.pod-id`]]),
      ['--sdnotify=conmon'],
      ['-d'],
      ...(isNamed ? [['--replace']] : []),
      ...kept,
      rest.map(quote),
    ],
    execStop: [...program(options, 'stop'), ['--ignore', '-t', String(stopTimeout)], [`--cidfile=${file}`]],
    execStopPost: [...program(options, 'rm'), ['-f'], ['--ignore', '-t', String(stopTimeout)], [`--cidfile=${file}`]],
    pidFile: undefined,
  };
}

/** The units of a pod and of its containers. @throws {InvalidArgumentError} `no-create-command`, `no-infra-container`. */
export async function describePodUnits(pod: Pod, options: UnitOptions): Promise<readonly Unit[]> {
  const containers = await pod.containers();
  const infra = containers.find((container) => container.config().isInfra);
  if (infra === undefined) {
    throw new InvalidArgumentError(`generating systemd unit files: pod ${pod.name} has no infra container`, {
      code: 'no-infra-container',
      hint: 'systemd needs a process that stands for the pod',
    });
  }
  const name = unitName(options.podPrefix, options.useNames ? pod.name : pod.id, options);
  const members = containers.filter((container) => container !== infra);
  const units = await Promise.all(members.map((member) => describeContainerUnit(member, options, { unit: name })));
  const stopTimeout = options.stopTimeout ?? infra.config().stopTimeout;
  const { ConmonPidFile } = await infra.inspect();
  const common = {
    ...commonOf(options),
    name,
    dependencies: units.length === 0 ? [] : [`Wants=${services(units)}`, `Before=${services(units)}`],
    userDependencies: [],
    environment: [],
    stopTimeout,
  };
  if (!options.makesNew) return [{ ...common, ...forExisting(options, stopTimeout, infra.name, ConmonPidFile) }, ...units];
  const [idFile, pidFile] = [`%t/${name}.pod-id`, `%t/${name}.pid`];
  const { flags, rest } = createFlags(pod.config().createCommand, podCreate, `pod ${pod.name}`);
  const kept = flags.filter(({ name: flag }) => !replacedPodFlags.has(flag)).map(({ words }) => words.map(quote));
  const made: Unit = {
    ...common,
    needsMount: '%t/containers',
    startLimitBurst: undefined,
    execStartPre: [
      [['/bin/rm'], ['-f', pidFile, idFile]],
      [
        ...program(options, 'pod create'),
        ['--infra-conmon-pidfile', pidFile],
        ['--pod-id-file', idFile],
        ['--exit-policy=stop'],
        ['--replace'],
        ...kept,
        ...(rest.length === 0 ? [] : [rest.map(quote)]),
      ],
    ],
    execStart: [...program(options, 'pod start'), ['--pod-id-file', idFile]],
    execStop: [...program(options, 'pod stop'), ['--ignore'], ['--pod-id-file', idFile], ['-t', String(stopTimeout)]],
    execStopPost: [...program(options, 'pod rm'), ['--ignore', '-f'], ['--pod-id-file', idFile]],
    pidFile,
  };
  return [made, ...units];
}

function commonOf(options: UnitOptions) {
  return {
    isTemplate: options.isTemplate,
    restart: options.restart,
    restartSeconds: options.restartSeconds,
    startTimeout: options.startTimeout,
  };
}

/** Starts and stops what is there. */
function forExisting(options: UnitOptions, stopTimeout: number, nameOrId: string, pidFile: string) {
  const stop: CommandLine = [...program(options, 'stop'), ['-t', String(stopTimeout), nameOrId]];
  return {
    needsMount: pidFile.slice(
      0,
      pidFile.indexOf('/overlay-containers/') === -1 ? undefined : pidFile.indexOf('/overlay-containers/'),
    ),
    startLimitBurst: undefined,
    execStartPre: [],
    execStart: [[...options.program.map(quote), 'start', nameOrId]],
    execStop: stop,
    execStopPost: stop,
    pidFile,
  };
}

function program(options: UnitOptions, verb: string): CommandLine {
  return [[...options.program.map(quote), verb]];
}

function unitName(prefix: string, nameOrId: string, { separator }: UnitOptions): string {
  return [prefix, nameOrId].filter((part) => part !== '').join(prefix === '' ? '' : separator);
}

function services(units: readonly Unit[]): string {
  return units.map(({ name }) => `${name}.service`).join(' ');
}

/** The flags and the rest of the command line that made it; those of `create` are among those of `run`. */
function createFlags(written: readonly string[], { flags }: Command, what: string) {
  const isPod = flags === podCreate.flags;
  const at = written.findIndex(
    (word, index) => (word === 'create' && (!isPod || written[index - 1] === 'pod')) || (!isPod && word === 'run'),
  );
  if (at === -1) {
    throw new InvalidArgumentError(`cannot use --new on ${what}: no create command found`, {
      code: 'no-create-command',
      hint: 'it was not made by a command line; generate units without --new',
    });
  }
  return splitFlags(written.slice(at + 1), flags);
}
