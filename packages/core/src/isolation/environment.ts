import type { ContainerDefaults } from '../runtime/parts.ts';
import type { IsolationOptions } from './options.ts';

/** Variables of the engine's own environment by which a container reaches the network as the engine does. */
const proxyVariables = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

export interface EnvironmentSources {
  readonly defaults: Pick<ContainerDefaults, 'environment' | 'hostEnvironment' | 'proxyEnvironment' | 'engineEnvironment'>;
  /** `NAME=VALUE` each. */
  readonly image: readonly string[];
  /** The caller's. */
  readonly own: Readonly<Record<string, string>>;
  readonly terminal: boolean;
  readonly isolation: IsolationOptions | undefined;
}

/**
 * The variables of a new container: the configuration's and over them the image's, as merging and unsetting have changed these two; over
 * them the engine's, as far as they are passed on, and the caller's. Later ones win and keep the place of the first.
 */
export function containerEnvironment({
  defaults,
  image,
  own,
  terminal,
  isolation = {},
}: EnvironmentSources): Map<string, string> {
  const environment = new Map<string, string>();
  for (const variable of [...defaults.environment, ...image]) {
    const [name, value] = split(variable);
    environment.set(name, value);
  }
  environment.set('container', 'podman');
  if (terminal || !environment.has('TERM')) environment.set('TERM', 'xterm');
  for (const variable of isolation.environmentMerge ?? []) merge(environment, variable);
  if (isolation.unsetEnvironment === 'all') environment.clear();
  else for (const name of isolation.unsetEnvironment ?? []) environment.delete(name);
  for (const [name, value] of fromEngine(defaults, isolation)) environment.set(name, value);
  for (const [name, value] of Object.entries(own)) environment.set(name, value);
  return environment;
}

function fromEngine(defaults: EnvironmentSources['defaults'], isolation: IsolationOptions): [string, string][] {
  const all = isolation.hostEnvironment ?? defaults.hostEnvironment;
  const proxies = isolation.proxyEnvironment ?? defaults.proxyEnvironment;
  return Object.entries(defaults.engineEnvironment).flatMap(([name, value]) =>
    value !== undefined && (all || (proxies && proxyVariables.includes(name))) ? [[name, value]] : [],
  );
}

/** Only what is there already is merged, as in podman. */
function merge(environment: Map<string, string>, variable: string): void {
  const [name, text] = split(variable);
  if (environment.has(name)) environment.set(name, expand(text, environment));
}

/**
 * Fills variables in as a Dockerfile does: `$NAME`, `${NAME}`, `${NAME:-when it is empty}`, `${NAME:+when it is not}`; a backslash takes
 * the next character as it is, quotes go, and within single quotes nothing is filled in.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  const value = (name: string) => variables.get(name) ?? '';
  return text.replace(
    /\\(.)|'([^']*)'|"|\$\{(\w+)(?::([-+])([^}]*))?\}|\$(\w+)/gs,
    (_, escaped, quoted, braced, operator, word = '', bare) => {
      if (escaped !== undefined) return escaped;
      if (quoted !== undefined) return quoted;
      if (bare !== undefined) return value(bare);
      if (braced === undefined) return '';
      if (operator === '-') return value(braced) || expand(word, variables);
      if (operator === '+') return value(braced) === '' ? '' : expand(word, variables);
      return value(braced);
    },
  );
}

function split(variable: string): readonly [string, string] {
  const at = variable.indexOf('=');
  return at === -1 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
}
