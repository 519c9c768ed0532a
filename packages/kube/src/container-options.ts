import { type CreateContainerOptions, InvalidArgumentError } from '@tspod/core';
import { environmentOf, expand, type Sources } from './environment.ts';
import { healthOf } from './health.ts';
import type { KubeContainer, KubePod } from './objects.ts';
import { parseQuantity } from './quantity.ts';
import { mountsOf, type PodVolume } from './volumes.ts';

/** What is the same for every container of a play. */
export interface ContainerContext {
  readonly pod: KubePod;
  readonly podId: string;
  readonly sources: Sources;
  readonly volumes: ReadonlyMap<string, PodVolume>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly logDriver?: CreateContainerOptions['logDriver'];
  readonly logOptions?: CreateContainerOptions['logOptions'];
  readonly seccompProfileRoot: string;
  readonly createCommand?: readonly string[] | undefined;
}

const initTypeAnnotation = 'io.podman.annotations.init.container.type';

/** A container of a pod in the engine's terms. @throws {InvalidArgumentError} {NotFoundError} naming what can't be used. */
export function containerOptions(container: KubeContainer, context: ContainerContext, isInit: boolean): CreateContainerOptions {
  const { pod, sources } = context;
  const environment = environmentOf(pod, container, sources);
  const words = (list: readonly string[] | null | undefined) => list?.map((word) => expand(word, environment));
  const security = container.securityContext ?? {};
  const { mounts, devices } = mountsOf(container, context.volumes);
  return {
    name: `${pod.metadata?.name}-${container.name}`,
    rootfs: { image: container.image },
    pod: context.podId,
    entrypoint: container.command?.length ? words(container.command) : undefined,
    command: words(container.args),
    environment,
    workingDirectory: container.workingDir || undefined,
    labels: pod.metadata?.labels ?? {},
    annotations: context.annotations,
    stdin: container.stdin,
    terminal: container.tty,
    user: userOf(pod, container),
    readOnly: security.readOnlyRootFilesystem,
    privileged: security.privileged,
    capAdd: security.capabilities?.add ?? [],
    capDrop: security.capabilities?.drop ?? [],
    mounts,
    initContainer: isInit ? initTypeOf(pod) : undefined,
    restartPolicy: isInit ? undefined : restartPolicyOf(pod),
    stopTimeout: pod.spec.terminationGracePeriodSeconds,
    resources: resourcesOf(container),
    isolation: {
      devices,
      groups: pod.spec.securityContext?.supplementalGroups?.map(String),
      security: securityOf(pod, container, context.seccompProfileRoot),
    },
    healthCheck: container.livenessProbe ? healthOf(container.livenessProbe, container) : undefined,
    logDriver: context.logDriver,
    logOptions: context.logOptions,
    createCommand: context.createCommand,
  };
}

function initTypeOf({ metadata }: KubePod): 'once' | 'always' {
  const type = metadata?.annotations?.[initTypeAnnotation] ?? 'once';
  if (type === 'once' || type === 'always') return type;
  throw invalid(`annotation ${initTypeAnnotation} is "${type}"`, 'it can be once or always');
}

function restartPolicyOf({ spec: { restartPolicy = 'Always' } }: KubePod): CreateContainerOptions['restartPolicy'] {
  switch (restartPolicy) {
    case 'Always':
      return { name: 'always', maximumRetries: 0 };
    case 'OnFailure':
      return { name: 'on-failure', maximumRetries: 0 };
    case 'Never':
      return { name: 'no', maximumRetries: 0 };
    default:
      throw invalid(`unknown restart policy "${restartPolicy}"`, 'it can be Always, OnFailure or Never');
  }
}

function userOf(pod: KubePod, { securityContext, name }: KubeContainer): string | undefined {
  const user = securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const group = securityContext?.runAsGroup ?? pod.spec.securityContext?.runAsGroup;
  if (securityContext?.runAsNonRoot && user === 0) {
    throw invalid(`container "${name}" is to run as user 0, and not as root`, 'give another runAsUser');
  }
  if (user === undefined) return group === undefined ? undefined : `0:${group}`;
  return group === undefined ? String(user) : `${user}:${group}`;
}

function resourcesOf({ resources }: KubeContainer): CreateContainerOptions['resources'] {
  const bytes = (value: string | number | undefined) => (value === undefined ? undefined : Math.ceil(parseQuantity(value)));
  const cpus = resources?.limits?.cpu;
  const memory = bytes(resources?.limits?.memory);
  const memoryReservation = bytes(resources?.requests?.memory);
  const period = 100_000;
  return {
    ...(memory !== undefined && { memory }),
    ...(memoryReservation !== undefined && { memoryReservation }),
    ...(cpus !== undefined && { cpuPeriod: period, cpuQuota: Math.max(1000, Math.round(parseQuantity(cpus) * period)) }),
  };
}

function securityOf(
  pod: KubePod,
  { securityContext }: KubeContainer,
  profileRoot: string,
): NonNullable<CreateContainerOptions['isolation']>['security'] {
  const profile = securityContext?.seccompProfile ?? pod.spec.securityContext?.seccompProfile;
  const labels = securityContext?.seLinuxOptions ?? pod.spec.securityContext?.seLinuxOptions;
  return {
    noNewPrivileges: securityContext?.allowPrivilegeEscalation === false,
    ...(securityContext?.procMount === 'Unmasked' && { unmask: ['ALL'] }),
    ...(profile !== undefined && { seccomp: seccompOf(profile, profileRoot) }),
    ...(labels !== undefined && {
      labels: (['user', 'role', 'type', 'level'] as const).flatMap((key) => (labels[key] ? [`${key}:${labels[key]}`] : [])),
    }),
  };
}

function seccompOf(
  profile: { readonly type: string; readonly localhostProfile?: string | undefined },
  root: string,
): string | undefined {
  switch (profile.type) {
    case 'RuntimeDefault':
      return undefined;
    case 'Unconfined':
      return 'unconfined';
    case 'Localhost':
      if (profile.localhostProfile) return `${root}/${profile.localhostProfile}`;
      throw invalid('a seccomp profile of type Localhost needs a localhostProfile');
    default:
      throw invalid(`unknown type "${profile.type}" of a seccomp profile`, 'it can be RuntimeDefault, Unconfined or Localhost');
  }
}

function invalid(message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'unsupported-field', hint });
}
