import type { HostFacts } from '../contracts/host.ts';
import { InvalidArgumentError } from '../errors.ts';
import { containerEnvironment } from '../isolation/environment.ts';
import type { ResolvedIsolation } from '../isolation/resolve.ts';
import { seccompProfile } from '../isolation/seccomp-choice.ts';
import { ownMounts } from '../mounts/prepared.ts';
import type { ImageRunConfig } from '../oci/image-config.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { generateSpec } from '../spec/generate.ts';
import { cgroupsPathOf } from './cgroup-path.ts';
import type { ContainerConfig } from './config.ts';
import type { CreateContainerOptions } from './create-options.ts';
import { limitsFor } from './limits.ts';

export interface SpecSources {
  readonly options: CreateContainerOptions;
  readonly imageConfig: ImageRunConfig;
  readonly initPath: string | undefined;
  readonly facts: HostFacts;
  readonly isolation: ResolvedIsolation;
}

/**
 * The spec of a new container: what its config says, over what the image and the configuration say.
 * @throws {InvalidArgumentError} `no-command` when neither caller nor image say what to run.
 */
export async function specFor(
  parts: RuntimeParts,
  config: Omit<ContainerConfig, 'spec'>,
  { options, imageConfig, initPath, facts, isolation }: SpecSources,
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
    environment: containerEnvironment({
      defaults,
      image: imageConfig.Env ?? [],
      own: options.environment ?? {},
      terminal: config.terminal,
      isolation: options.isolation,
    }),
    workingDirectory: absolute(options.workingDirectory) ?? (imageConfig.WorkingDir || '/'),
    terminal: config.terminal,
    readOnly: options.readOnly ?? false,
    readOnlyTmpfs: options.readOnlyTmpfs,
    privileged: config.privileged,
    capabilities: { defaults: defaults.capabilities, add: config.capAdd, drop: config.capDrop },
    network: config.network,
    namespaces: config.namespaces,
    userMounts: ownMounts(config),
    init: initPath === undefined ? undefined : { path: initPath },
    annotations: { ...defaults.annotations, ...options.annotations },
    cgroupsPath:
      config.cgroups === 'disabled' || config.cgroups === 'split'
        ? undefined
        : cgroupsPathOf(defaults.cgroupManager, config.cgroupParent, config.id),
    ...(await limitsFor(parts, options, facts)),
    seccomp: facts.seccomp
      ? seccompProfile({
          isolation: options.isolation,
          privileged: config.privileged,
          imageLabels: imageConfig.Labels,
          configured: defaults.seccompProfile,
        })
      : undefined,
    sysctls: { ...defaults.sysctls, ...options.isolation?.sysctls },
    umask: isolation.umask,
    autoRemove: config.autoRemove,
    stopSignal: config.stopSignal,
    createdAt: config.createdAt,
    shmSize: config.shmSize ?? defaults.shmSize,
    host: { ...facts, devices: config.privileged ? await host.devices() : [] },
  });
  const isolated = isolation.apply(spec, config);
  const { user } = config.namespaces ?? {};
  if (config.isolation?.idMaps === undefined && (user === undefined || user === 'host')) return isolated;
  const { withUserNamespace } = await import('../isolation/user-namespace.ts');
  return withUserNamespace(isolated, config, config.isolation?.idMaps);
}

function absolute(path: string | undefined): string | undefined {
  if (path !== undefined && !path.startsWith('/')) {
    throw new InvalidArgumentError(`the working directory "${path}" is not an absolute path`, {
      code: 'invalid-working-directory',
    });
  }
  return path;
}
