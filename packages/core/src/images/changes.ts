import { InvalidArgumentError } from '../errors.ts';
import type { ImageRunConfig } from '../oci/image-config.ts';
import { parseSignal } from '../signals.ts';

const shell = ['/bin/sh', '-c'];

type Instruction = (config: ImageRunConfig, value: string, refuse: (why: string) => never) => void;

const instructions: Readonly<Record<string, Instruction>> = {
  USER(config, value, refuse) {
    if (value === '') refuse('must provide a value to USER');
    config.User = value;
  },
  EXPOSE(config, value, refuse) {
    const [port = '', protocol = 'tcp', ...more] = value.split('/');
    if (more.length > 0) refuse('EXPOSE port must be formatted as PORT[/PROTO]');
    if (!/^[+-]?\d+$/.test(port)) refuse('EXPOSE port must be an integer');
    if (Number(port) > 65535 || Number(port) <= 0) refuse('EXPOSE port must be a valid port number');
    if (!['tcp', 'udp'].includes(protocol.toLowerCase())) refuse('EXPOSE protocol must be TCP or UDP');
    config.ExposedPorts = { ...config.ExposedPorts, [`${Number(port)}/${protocol.toLowerCase()}`]: {} };
  },
  ENV(config, value, refuse) {
    const [key, text = ''] = keyAndValue(value);
    if (key === '') refuse('ENV must have at least one argument');
    config.Env = withVariable(config.Env ?? [], key, text);
  },
  ENTRYPOINT(config, value) {
    config.Entrypoint = words(value);
  },
  CMD(config, value) {
    config.Cmd = words(value);
  },
  VOLUME(config, value, refuse) {
    const paths = stringList(value) ?? value.split(' ');
    if (paths.length === 0) refuse('must provide at least one argument to VOLUME');
    if (paths.includes('')) refuse('VOLUME paths must not be empty');
    config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  },
  WORKDIR(config, value, refuse) {
    if (value === '') refuse('must provide a non-empty WORKDIR');
    config.WorkingDir = value.startsWith('/') ? value : `${(config.WorkingDir ?? '').replace(/\/$/, '')}/${value}`;
  },
  LABEL(config, value, refuse) {
    const [key, text] = keyAndValue(value);
    if (text === undefined) refuse('LABEL must be formatted key=value');
    if (key === '') refuse('LABEL must have a non-empty key');
    config.Labels = { ...config.Labels, [key]: text as string };
  },
  STOPSIGNAL(config, value, refuse) {
    config.StopSignal = String(signalNumber(value) ?? refuse('KILLSIGNAL must be given a valid signal'));
  },
  ONBUILD(config, value, refuse) {
    if (value === '') refuse('ONBUILD must be given an argument');
    config.OnBuild = [...(config.OnBuild ?? []), value];
  },
};

/**
 * The config of an image after instructions in the manner of a Containerfile: `CMD ["sh"]`, `ENV=A=b`. Each is `INSTRUCTION VALUE` or
 * `INSTRUCTION=VALUE`.
 *
 * @throws {InvalidArgumentError} `invalid-change`, in podman's words.
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const changed = { ...config };
  for (const change of changes) {
    const refuse = (why: string): never => {
      throw new InvalidArgumentError(`invalid change ${JSON.stringify(change)} - ${why}`, {
        code: 'invalid-change',
        hint: `instructions are ${Object.keys(instructions).sort().join(', ')}`,
      });
    };
    const [, name, value = ''] = /^([^ ]*) (.*)$/s.exec(change) ?? /^([^=]*)=(.*)$/s.exec(change) ?? [];
    if (name === undefined) return refuse('must be formatted as KEY VALUE');
    const key = name.trim().toUpperCase();
    const instruction = Object.hasOwn(instructions, key) ? instructions[key] : undefined;
    if (instruction === undefined) return refuse(`invalid instruction ${key}`);
    instruction(changed, value.trim(), refuse);
  }
  return changed;
}

/** A later value of a variable takes the place of the earlier one. */
function withVariable(variables: readonly string[], name: string, value: string): string[] {
  const text = `${name}=${value}`;
  const isThere = variables.some((variable) => variable.split('=')[0] === name);
  return isThere ? variables.map((variable) => (variable.split('=')[0] === name ? text : variable)) : [...variables, text];
}

/** A JSON list as it is, another text for the shell, nothing as nothing. */
function words(value: string): string[] {
  return stringList(value) ?? (value === '' ? [] : [...shell, value]);
}

function stringList(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined; // then it is no JSON, but a text
  }
}

function keyAndValue(text: string): [key: string, value: string | undefined] {
  const equals = text.indexOf('=');
  if (equals === -1) return [unquoted(text), undefined];
  return [unquoted(text.slice(0, equals)), unquoted(text.slice(equals + 1))];
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function signalNumber(text: string): number | undefined {
  try {
    return parseSignal(text);
  } catch {
    return undefined;
  }
}
