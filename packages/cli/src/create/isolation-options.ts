import { resolve } from 'node:path';
import {
  type IsolationOptions,
  isCdiDevice,
  type PodIsolationOptions,
  parseDevice,
  parseSeccompPolicy,
  parseSecurityOptions,
  parseSysctls,
  parseSystemdMode,
  parseUserNamespace,
  type UserNamespaceRequest,
} from '@tspod/core';
import type { Context } from '../context.ts';
import type { FlagValues } from '../grammar/flags.ts';
import { readUserFile } from '../user-file.ts';
import { type commonIsolationFlags, isolationFlags } from './isolation-flags.ts';

type Flags = FlagValues<typeof isolationFlags> & { readonly passwd?: boolean | undefined };

/**
 * What the isolation flags ask for; undefined: nothing.
 * @throws {InvalidArgumentError} naming the flag's value.
 */
export function isolationOptions(flags: Flags, context: Context): IsolationOptions | undefined {
  if (saysNothing(flags)) return undefined;
  return {
    ...commonIsolationOptions(flags),
    groups: flags['group-add'],
    umask: flags.umask || undefined,
    timezone: flags.tz || undefined,
    hostUsers: flags.hostuser,
    passwd: flags.passwd ?? true,
    passwdEntry: flags['passwd-entry'] || undefined,
    systemd: flags.systemd ? parseSystemdMode(flags.systemd) : undefined,
    initPath: flags['init-path'] || undefined,
    personality: flags.personality || undefined,
    chrootDirectories: flags.chrootdirs,
    seccompPolicy: flags['seccomp-policy'] ? parseSeccompPolicy(flags['seccomp-policy']) : undefined,
    monitorPidFile: flags['conmon-pidfile'] ? resolve(context.workingDirectory, flags['conmon-pidfile']) : undefined,
    hostEnvironment: flags['env-host'],
    proxyEnvironment: flags['http-proxy'],
    environmentMerge: flags['env-merge'],
    unsetEnvironment: flags['unsetenv-all'] ? 'all' : flags.unsetenv,
  };
}

/** What the flags that pods have, too, ask for. @throws {InvalidArgumentError} */
export function commonIsolationOptions(flags: FlagValues<typeof commonIsolationFlags>): PodIsolationOptions {
  return {
    idMaps: userNamespaceOf(flags).idMaps,
    security: flags['security-opt'].length > 0 ? parseSecurityOptions(flags['security-opt']) : undefined,
    devices: flags.device.filter((text) => !isCdiDevice(text)).map(parseDevice),
    cdiDevices: flags.device.filter(isCdiDevice),
    sysctls: parseSysctls(flags.sysctl),
  };
}

/** What `--userns` and its like say. @throws as `parseUserNamespace`. */
export function userNamespaceOf(
  flags: Pick<Flags, 'userns' | 'uidmap' | 'gidmap' | 'subuidname' | 'subgidname'>,
): UserNamespaceRequest {
  return parseUserNamespace(flags, (path) => readUserFile(path, 'reading subordinate ids'));
}

/** As it mostly is. */
function saysNothing(flags: Flags): boolean {
  return (
    flags.passwd !== false &&
    Object.entries(isolationFlags).every(([name, flag]) => {
      const value = flags[name as keyof typeof isolationFlags];
      return Array.isArray(value) ? value.length === 0 : value === undefined || value === ('default' in flag && flag.default);
    })
  );
}
