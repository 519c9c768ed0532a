import { join } from 'node:path';
import type { FileAccess } from './file-access.ts';

/** Who reads, and in what environment. */
export interface Reader {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly home: string;
  readonly files: FileAccess;
}

const vendor = '/usr/share/containers';
const system = '/etc/containers';

function userConfigHome({ env, home }: Reader): string {
  return env.XDG_CONFIG_HOME || join(home, '.config');
}

/** Every containers.conf, weakest first: files and drop-ins of the distribution, of the machine, and, without root, of the user. */
export function containersConfPaths(reader: Reader): string[] {
  const name = 'containers.conf';
  const directories = reader.uid === 0 ? [vendor, system] : [vendor, system, join(userConfigHome(reader), 'containers')];
  return directories.flatMap((directory) => [join(directory, name), ...dropIns(reader, directory, name)]);
}

/** Of these only the first that exists is read, the user's own only without root: podman 4 does so. */
export function storageConfPaths(reader: Reader): string[] {
  const name = 'storage.conf';
  return reader.uid === 0 ? [join(system, name), join(vendor, name)] : [join(userConfigHome(reader), 'containers', name)];
}

export function storageConfDropIns(reader: Reader): string[] {
  const name = 'storage.conf';
  const directories = reader.uid === 0 ? [vendor, system] : [vendor, system, join(userConfigHome(reader), 'containers')];
  return directories.flatMap((directory) => dropIns(reader, directory, name));
}

/** The user's file stands in for the machine's, for root too. */
export function registriesConfPaths({ home }: Reader): string[] {
  return [join(home, '.config/containers/registries.conf'), join(system, 'registries.conf')];
}

/** Drop-ins, and the file in which podman remembers the answers that people gave when it asked for a registry. */
export function registriesConfDropIns(reader: Reader): string[] {
  const { env, home, uid } = reader;
  const cache = uid === 0 ? '/var/cache' : env.XDG_CACHE_HOME || join(home, '.cache');
  return [
    ...confFiles(reader, join(system, 'registries.conf.d')),
    ...confFiles(reader, join(home, '.config/containers/registries.conf.d')),
    join(cache, 'containers/short-name-aliases.conf'),
  ];
}

export function tspodConfPaths(reader: Reader): string[] {
  return ['/etc/tspod', join(userConfigHome(reader), 'tspod')].flatMap((directory) => [
    join(directory, 'tspod.conf'),
    ...confFiles(reader, join(directory, 'tspod.conf.d')),
  ]);
}

/** `NAME.conf.d` and, since podman 6, the directories for root alone or for everybody else and for one user. */
function dropIns(reader: Reader, directory: string, name: string): string[] {
  const base = join(directory, name.replace(/\.conf$/, ''));
  const own = reader.uid === 0 ? ['.rootful.conf.d'] : ['.rootless.conf.d', `.rootless.conf.d/${reader.uid}`];
  return ['.conf.d', ...own].flatMap((suffix) => confFiles(reader, base + suffix));
}

function confFiles({ files }: Reader, directory: string): string[] {
  return files
    .list(directory)
    .filter((name) => name.endsWith('.conf'))
    .sort()
    .map((name) => join(directory, name));
}
