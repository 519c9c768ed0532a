import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createBuildahBuilder } from '@tspod/builder-buildah';
import { type Configuration, loadConfiguration } from '@tspod/config';
import { type Log, Runtime, UnavailableError } from '@tspod/core';
import { createLinuxHost, createLinuxLocker } from '@tspod/linux';
import { createConmonMonitor } from '@tspod/monitor-conmon';
import { createSqliteEventLog, createSqliteStateStore } from '@tspod/state-sqlite';
import { createDirStorage } from '@tspod/storage-dir';
import { createOverlayStorage } from '@tspod/storage-overlay';
import { createSkopeoTransport } from '@tspod/transport-skopeo';
import { containerDefaults } from './container-defaults.ts';
import { exitCommandFor } from './exit-command.ts';
import { helperEnvironment } from './helper-environment.ts';
import { lazyFileTrees } from './lazy-file-trees.ts';
import { lazyHealth } from './lazy-health.ts';
import { lazyNetworks, lazyUserModeNetwork } from './lazy-networks.ts';
import { lazySecrets } from './lazy-secrets.ts';
import { lazyStreams } from './lazy-streams.ts';
import { lazyVolumeDrivers } from './lazy-volume-drivers.ts';
import type { RuntimeOptions } from './options.ts';
import type { OutsideBackends } from './outside-backends.ts';
import { storePlaces } from './places.ts';
import { composeRuntimes, shippedRuntimes } from './runtimes.ts';
import { overlayOptions } from './storage-options.ts';
import { version } from './version.ts';

/**
 * The engine of this machine: reads the configuration (containers.conf, storage.conf, registries.conf, tspod.conf, their drop-ins and
 * variables), lets the options win over it, and composes the parts. But for the roots and a note for podman in a new store, nothing is probed or made before it is needed.
 *
 * @throws {InvalidArgumentError} `invalid-configuration` naming file and key; {UnavailableError} `not-root`, `no-usable-backend`.
 */
export async function createRuntime(given: RuntimeOptions = {}): Promise<Runtime> {
  requireRoot();
  const options = { ...given, ...absolutePaths(given) };
  const configuration = loadConfiguration();
  const cgroupManager = options.cgroupManager ?? configuration.engine.cgroupManager ?? machinesCgroupManager();
  const places = storePlaces(
    options.root ?? configuration.storage.graphRoot,
    options.runRoot ?? configuration.storage.runRoot,
    options.temporaryDirectory,
  );

  if (!existsSync(places.stateDatabase)) (await import('./settle-network-backend.ts')).settleNetworkBackend(places.graphRoot);

  const host = createLinuxHost();
  const driverOptions = storageOptions(options, configuration);
  const volumePath = options.volumePath ?? configuration.engine.volumePath ?? join(places.graphRoot, 'tspod', 'volumes');
  const { storage: overlay, images } = createOverlayStorage({ ...overlayOptions(driverOptions), ...places });
  const dir = createDirStorage(places, { images });
  const outside = await outsideBackends(options, configuration);
  const storages = [
    overlay,
    dir,
    ...outside.storages.map((backend) =>
      backend.create({ ...places, options: optionsOf(backend.name, driverOptions) }, { images, host }),
    ),
  ];
  const runtimes = composeRuntimes(
    configuration.engine,
    options.runtime ?? configuration.defaults.runtime ?? configuration.engine.runtime,
    { systemdCgroup: cgroupManager === 'systemd', extraArguments: options.runtimeFlags ?? [] },
    host,
    outside.runtimes,
  );
  return new Runtime({
    state: createSqliteStateStore(places),
    events: createSqliteEventLog({ database: places.eventDatabase }),
    locker: createLinuxLocker({ directory: places.locks }),
    host,
    images,
    transport: createSkopeoTransport({
      graphRoot: places.graphRoot,
      runRoot: places.runRoot,
      storageOptions: driverOptions,
      policyPath: options.signaturePolicy,
      isInsecure: (registry) =>
        configuration.registries.insecure.some((name) => name === registry || name.startsWith(`${registry}/`)),
    }),
    builder: createBuildahBuilder({
      graphRoot: places.graphRoot,
      runRoot: places.runRoot,
      storageOptions: driverOptions,
      cgroupManager,
      runtime: options.runtime,
      runtimeFlags: options.runtimeFlags,
      hooksDirectories: options.hooksDirectories,
      policyPath: options.signaturePolicy,
    }),
    storages,
    defaultStorage: namedStorage(options, configuration, storages),
    get runtimes() {
      return runtimes.candidates;
    },
    defaultRuntime: runtimes.wanted,
    runtimeNamed: runtimes.named,
    files: lazyFileTrees(),
    volumeDrivers: lazyVolumeDrivers({
      directory: volumePath,
      runDirectory: join(places.temporaryDirectory, 'volumes'),
    }),
    secrets: lazySecrets({ graphRoot: places.graphRoot }),
    networks: lazyNetworks(() => ({
      ...configuration.network,
      configDirectory: options.networkConfigDirectory ?? configuration.network.configDirectory,
      runDirectory: '/run/containers/networks',
      recordDirectory: join(places.temporaryDirectory, 'networks'),
      helperDirectories: configuration.engine.helperBinariesDirectories,
      log: options.log ?? warnOnStderr,
    })),
    userModeNetwork: lazyUserModeNetwork(() => ({
      recordDirectory: join(places.temporaryDirectory, 'user-mode-networks'),
      helperDirectories: configuration.engine.helperBinariesDirectories,
      slirp4netns: options.networkCommand ?? configuration.engine.networkCommand,
      slirp4netnsOptions: configuration.engine.networkCommandOptions,
      noPivotRoot: configuration.engine.noPivotRoot,
    })),
    monitor: createConmonMonitor({
      paths: options.conmon === undefined ? configuration.engine.conmonPaths : [options.conmon],
    }),
    streams: lazyStreams({ directory: join(places.temporaryDirectory, 'streams') }),
    health: lazyHealth(places.temporaryDirectory, { ...options, root: places.graphRoot, runRoot: places.runRoot }, process.env),
    places: {
      ...places,
      volumePath,
      imageCopyDirectory: process.env.TMPDIR ?? '/var/tmp',
      storageOptions: Object.fromEntries(driverOptions.map((option) => option.split(/=(.*)/s, 2))),
      get configurationFiles() {
        return configuration.files;
      },
    },
    defaults: containerDefaults(configuration, {
      cgroupManager,
      environment: process.env,
      hooksDirectories: options.hooksDirectories,
    }),
    exitCommand: exitCommandFor({ ...options, root: places.graphRoot, runRoot: places.runRoot }),
    helperEnvironment: helperEnvironment(process.env, configuration.engine.conmonEnvironment),
    log: options.log ?? warnOnStderr,
    engineVersion: version,
  });
}

/** Packages of others that tspod.conf and the options name, in this order. Mostly there are none, and nothing is loaded. */
async function outsideBackends(options: RuntimeOptions, { backends }: Configuration): Promise<OutsideBackends> {
  const wanted = [...backends.load, ...(options.backends ?? [])];
  if (wanted.length === 0) return { runtimes: [], storages: [] };
  const { loadOutsideBackends } = await import('./outside-backends.ts');
  return loadOutsideBackends(wanted, backends.directory, { runtime: [...shippedRuntimes.keys()], storage: ['overlay', 'dir'] });
}

/** Options that are for one storage, without its name in front. */
function optionsOf(name: string, options: readonly string[]): readonly string[] {
  const prefix = `${name}.`;
  return options.flatMap((option) => (option.startsWith(prefix) ? [option.slice(prefix.length)] : []));
}

/** For the helpers, which work in other directories. */
function absolutePaths({ temporaryDirectory, volumePath, networkConfigDirectory }: RuntimeOptions): Partial<RuntimeOptions> {
  const paths = Object.entries({ temporaryDirectory, volumePath, networkConfigDirectory });
  return Object.fromEntries(paths.map(([name, path]) => [name, path === undefined ? undefined : resolve(path)]));
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new UnavailableError('tspod needs root in this version', { code: 'not-root', hint: 'run it with sudo' });
}

function machinesCgroupManager(): 'cgroupfs' | 'systemd' {
  return existsSync('/run/systemd/system') ? 'systemd' : 'cgroupfs';
}

/** As podman has it: a graph root or driver of one's own leaves storage.conf's options behind, and options of one's own replace them. */
function storageOptions(
  { storageOptions: own, root, storageDriver }: RuntimeOptions,
  { storage }: Configuration,
): readonly string[] {
  if (own !== undefined && own.length > 0) return own;
  return root === undefined && storageDriver === undefined ? storage.options : [];
}

/** The storage that options or configuration ask for by name. @throws {UnavailableError} `no-usable-backend` */
function namedStorage(
  { storageDriver }: RuntimeOptions,
  { defaults, storage }: Configuration,
  storages: readonly { readonly name: string }[],
): string | undefined {
  const wanted = storageDriver ?? defaults.storage ?? storage.driver;
  const name = wanted === 'overlay2' ? 'overlay' : wanted;
  if (name === undefined || storages.some((known) => known.name === name)) return name;
  throw new UnavailableError(`there is no storage named "${wanted}"`, {
    code: 'no-usable-backend',
    hint: `name one of ${storages.map((known) => known.name).join(', ')} with --storage-driver or in tspod.conf`,
  });
}

const warnOnStderr: Log = (level, message) => {
  if (level === 'warn' || level === 'error') process.stderr.write(`tspod: ${message}\n`);
};
