import { InvalidArgumentError } from './errors.ts';

/** The caller's own environment, from which `NAME` without a value takes it. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * One variable as `-e` takes it: `NAME=VALUE`; `NAME`, which takes the host's value and is nothing when the host has none; `PRE*`,
 * which takes every variable of the host whose name begins so.
 *
 * @throws {InvalidArgumentError} `invalid-environment` when there is no name.
 */
export function parseEnvironment(text: string, host: HostEnvironment): Record<string, string> {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === '') throw invalid(`invalid environment variable: "${text}"`);
  if (equals !== -1) return { [name]: text.slice(equals + 1) };
  const isWanted = name.endsWith('*') ? (key: string) => key.startsWith(name.slice(0, -1)) : (key: string) => key === name;
  return Object.fromEntries(
    Object.entries(host).flatMap(([key, value]) => (isWanted(key) && value !== undefined ? [[key, value]] : [])),
  );
}

/**
 * A file of variables, one a line as for `parseEnvironment`. White space before the name, empty lines and lines that begin with `#`
 * don't count; quotes are not special.
 *
 * @param path for the error's text.
 * @throws {InvalidArgumentError} `invalid-environment` naming the file and the line.
 */
export function parseEnvironmentFile(text: string, path: string, host: HostEnvironment): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const variable = line.trimStart();
    if (variable === '' || variable.startsWith('#')) continue;
    if (variable.startsWith('=')) throw invalid(`parsing env file "${path}": invalid environment variable: "${variable}"`);
    Object.assign(environment, parseEnvironment(variable, host));
  }
  return environment;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-environment', hint: 'a variable is NAME=VALUE, NAME or PREFIX*' });
}
