import { readFileSync } from 'node:fs';
import type { HostFacts } from '../contracts/host.ts';
import { InvalidArgumentError, UnavailableError } from '../errors.ts';
import type { ImageRunConfig } from '../oci/image-config.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { generateSpec } from '../spec/generate.ts';
import { parseSeccompProfile, type SeccompProfile } from '../spec/seccomp.ts';
import { cgroupsPathOf } from './cgroup-path.ts';
import type { ContainerConfig } from './config.ts';
import type { CreateContainerOptions } from './create-options.ts';

export interface SpecSources {
  readonly options: CreateContainerOptions;
  readonly imageConfig: ImageRunConfig;
  readonly initPath: string | undefined;
  readonly facts: HostFacts;
}

/**
 * The spec of a new container: what its config says, over what the image and the configuration say.
 * @throws {InvalidArgumentError} `no-command` when neither caller nor image say what to run.
 */
export async function specFor(
  parts: RuntimeParts,
  config: Omit<ContainerConfig, 'spec'>,
  { options, imageConfig, initPath, facts }: SpecSources,
): Promise<Spec> {
  const { defaults, host } = parts;
  const argv = [...(config.entrypoint ?? []), ...config.command];
  if (argv.length === 0) {
    throw new InvalidArgumentError('no command or entrypoint provided, and no CMD or ENTRYPOINT from image', {
      code: 'no-command',
      hint: 'give the command to run after the image',
    });
  }
  const spec = generateSpec({
    id: config.id,
    hostname: config.hostname,
    command: argv,
    environment: environmentOf(defaults.environment, imageConfig.Env ?? [], options.environment ?? {}, config.terminal),
    workingDirectory: absolute(options.workingDirectory) ?? (imageConfig.WorkingDir || '/'),
    terminal: config.terminal,
    readOnly: options.readOnly ?? false,
    privileged: config.privileged,
    capabilities: { defaults: defaults.capabilities, add: config.capAdd, drop: config.capDrop },
    network: config.network,
    namespaces: config.namespaces,
    userMounts: config.userMounts,
    init: initPath === undefined ? undefined : { path: initPath },
    annotations: { ...defaults.annotations, ...options.annotations },
    seccomp: facts.seccomp && !config.privileged ? readProfile(defaults.seccompProfile) : undefined,
    cgroupsPath: cgroupsPathOf(defaults.cgroupManager, config.cgroupParent, config.id),
    sysctls: defaults.sysctls,
    ulimits: defaults.ulimits,
    pidsLimit: facts.cgroupControllers.includes('pids') ? defaults.pidsLimit : 0,
    umask: defaults.umask,
    autoRemove: config.autoRemove,
    stopSignal: config.stopSignal,
    createdAt: config.createdAt,
    shmSize: defaults.shmSize,
    host: { ...facts, devices: config.privileged ? await host.devices() : [] },
  });
  return spec;
}

/** Later ones win, and keep the place of the first. */
function environmentOf(
  configured: readonly string[],
  image: readonly string[],
  own: Readonly<Record<string, string>>,
  terminal: boolean,
): Map<string, string> {
  const environment = new Map<string, string>();
  for (const variable of [...configured, ...image]) {
    const [name = '', ...value] = variable.split('=');
    environment.set(name, value.join('='));
  }
  environment.set('container', 'podman');
  if (terminal || !environment.has('TERM')) environment.set('TERM', 'xterm');
  for (const [name, value] of Object.entries(own)) environment.set(name, value);
  return environment;
}

function absolute(path: string | undefined): string | undefined {
  if (path !== undefined && !path.startsWith('/')) {
    throw new InvalidArgumentError(`the working directory "${path}" is not an absolute path`, {
      code: 'invalid-working-directory',
    });
  }
  return path;
}

/** An empty path means unconfined. */
function readProfile(path: string): SeccompProfile | undefined {
  if (path === '') return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UnavailableError(`opening the seccomp profile ${path} failed: ${(cause as Error).message}`, {
      code: 'missing-seccomp-profile',
      hint: 'install golang-github-containers-common, or set seccomp_profile in containers.conf',
      cause,
    });
  }
  return parseSeccompProfile(text, path);
}
