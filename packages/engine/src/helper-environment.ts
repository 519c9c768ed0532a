import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/** Variables that change what configuration a tspod process reads, or where its helpers look. */
const passed = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'CONTAINERS_CONF',
  'CONTAINERS_CONF_OVERRIDE',
  'CONTAINERS_STORAGE_CONF',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_HELPER_BINARY_DIR',
  'DISABLE_HC_SYSTEMD',
  'STORAGE_DRIVER',
  'STORAGE_OPTS',
  'NODE_COMPILE_CACHE',
];

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of the monitor and, through it, of the exit command: enough for the exit command to compose the runtime that
 * this process has, and nothing else of the caller's.
 *
 * @param configured containers.conf's `conmon_env_vars`, `NAME=value` each.
 */
export function helperEnvironment(environment: NodeJS.ProcessEnv, configured: readonly string[]): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => passed.includes(name) || name.startsWith('LC_'));
  const ofConfiguration = configured.map(
    (variable) => [variable.split('=', 1)[0] ?? '', variable.slice(variable.indexOf('=') + 1)] as const,
  );
  return {
    PATH: defaultPath,
    ...compileCache(),
    ...Object.fromEntries(ofConfiguration),
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
  };
}

/** The exit command keeps its compiled code where this process does, if it does. */
function compileCache(): Record<string, string> {
  const directory = getCompileCacheDir(); // of this version of Node, below the one that is named
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
