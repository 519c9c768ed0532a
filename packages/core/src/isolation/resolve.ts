import type { ContainerConfig } from '../container/config.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import type { HostFacts } from '../contracts/host.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { findDevices, type GrantedDevices } from './devices.ts';
import { kernelPaths } from './kernel-paths.ts';
import { apparmorProfile, securityAnnotations } from './labels.ts';
import type { IsolationConfig } from './options.ts';
import { checkPasswdEntry } from './passwd-entries.ts';
import { zoneFile } from './run-files.ts';
import { checkSysctls } from './sysctls.ts';
import { runsSystemd, withSystemd } from './systemd.ts';

/** What the isolation options mean on this machine, before anything is made. */
export interface ResolvedIsolation {
  readonly config: IsolationConfig | undefined;
  /** For `ContainerConfig.groups`. */
  readonly groups: readonly string[];
  readonly umask: string;
  /** Adds to the spec what its generation does not know. */
  readonly apply: (spec: Spec, config: Omit<ContainerConfig, 'spec'>) => Spec;
}

const keepGroups = 'keep-groups';

/**
 * @param modes the namespaces that the container gets.
 * @throws {InvalidArgumentError} `invalid-option`, `invalid-sysctl`, `invalid-device`, `unknown-timezone`, `no-apparmor`;
 * {NotFoundError} `no-such-device`.
 */
export async function resolveIsolation(
  parts: RuntimeParts,
  options: CreateContainerOptions,
  {
    facts,
    command,
    ...modes
  }: Pick<ContainerConfig, 'network' | 'namespaces'> & {
    readonly facts: HostFacts;
    /** Entrypoint and command. */
    readonly command: readonly string[];
  },
): Promise<ResolvedIsolation> {
  const isolation = options.isolation ?? {};
  const { security = {}, groups = [] } = isolation;
  const privileged = options.privileged ?? false;
  const timezone = isolation.timezone ?? parts.defaults.timezone;
  const umask = checkUmask(isolation.umask ?? parts.defaults.umask);
  const keepsGroups = checkGroups(groups);
  if (timezone) zoneFile(timezone);
  checkSysctls(isolation.sysctls ?? {}, modes);
  const devices = await findDevices(parts.host, isolation.devices ?? []);
  const apparmor = await apparmorProfile(security.apparmor, {
    privileged,
    configured: parts.defaults.apparmorProfile,
    facts: { apparmor: facts.apparmor, apparmorProfiles: () => parts.host.apparmorProfiles() },
  });
  const isSystemd = runsSystemd(isolation.systemd ?? 'true', command);

  return {
    config: onlyDefined({
      devices: devices.inspected.length > 0 && !privileged ? devices.inspected : undefined,
      cdiDevices: isolation.cdiDevices?.length ? isolation.cdiDevices : undefined,
      timezone: timezone || undefined,
      hostUsers: isolation.hostUsers?.length ? isolation.hostUsers : undefined,
      passwd: isolation.passwd === false ? false : undefined,
      passwdEntry: checkPasswdEntry(isolation.passwdEntry || undefined),
      chrootDirectories: isolation.chrootDirectories?.length ? isolation.chrootDirectories : undefined,
      monitorPidFile: isolation.monitorPidFile,
      systemd: isSystemd ? true : undefined,
    }),
    groups: keepsGroups ? [] : groups,
    umask,
    apply(spec, config) {
      const { process } = spec;
      const { maskedPaths: _, readonlyPaths: __, ...linux } = spec.linux ?? {};
      const changed: Spec = {
        ...spec,
        ...(process && {
          process: {
            ...process,
            ...(security.noNewPrivileges && { noNewPrivileges: true }),
            ...(apparmor !== undefined && { apparmorProfile: apparmor }),
            ...(config.processLabel !== '' && { selinuxLabel: config.processLabel }),
          },
        }),
        ...(security.procOptions?.length && { mounts: withProcOptions(spec, security.procOptions) }),
        annotations: {
          ...spec.annotations,
          ...securityAnnotations(security),
          ...(keepsGroups && { 'run.oci.keep_original_groups': '1' }),
          ...options.annotations,
        },
        linux: {
          ...linux,
          ...(config.mountLabel !== '' && { mountLabel: config.mountLabel }),
          ...kernelPaths(privileged, security),
          ...(isolation.personality !== undefined && { personality: { domain: isolation.personality } }),
          ...(!privileged && withDevices(linux, devices)),
        },
      };
      return isSystemd ? withSystemd(changed, config, facts.cgroupVersion) : changed;
    },
  };
}

function withProcOptions({ mounts = [] }: Spec, words: readonly string[]) {
  return mounts.map((mount) =>
    mount.destination === '/proc' && mount.type === 'proc' ? { ...mount, options: [...words] } : mount,
  );
}

function withDevices({ devices, resources }: NonNullable<Spec['linux']>, { nodes, rules }: GrantedDevices) {
  if (nodes.length === 0) return {};
  return {
    devices: [...(devices ?? []), ...nodes],
    resources: { ...resources, devices: [...(resources?.devices ?? []), ...rules] },
  };
}

function checkUmask(umask: string): string {
  if (/^[0-7]{1,4}$/.test(umask)) return umask;
  throw new InvalidArgumentError(`running container create option: invalid umask string ${umask}: invalid argument`, {
    code: 'invalid-option',
    hint: 'a umask is one to four octal digits, as 0022',
  });
}

/** Whether the process keeps the groups of the engine. */
function checkGroups(groups: readonly string[]): boolean {
  if (!groups.includes(keepGroups)) return false;
  if (groups.length === 1) return true;
  throw new InvalidArgumentError(`the '--group-add keep-groups' option is not allowed with any other --group-add options`, {
    code: 'invalid-option',
  });
}

/** Undefined when nothing is left, so that most configs have nothing of it. */
function onlyDefined<T extends object>(value: T): T | undefined {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
