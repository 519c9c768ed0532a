import { constants } from 'node:os';
import { InvalidArgumentError } from '../errors.ts';
import type { Seccomp, SeccompArgument, SeccompSyscall } from '../oci/spec.ts';

/** A profile in docker's format (docker's and containers/common's `seccomp.json`), or in that of the OCI spec, which is a part of it. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | null | undefined;
  /** Name, e.g. `ENOSYS`; wins over `defaultErrnoRet`. */
  readonly defaultErrno?: string | undefined;
  readonly architectures?: readonly string[] | null | undefined;
  readonly archMap?:
    | readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[]
    | null
    | undefined;
  readonly flags?: readonly string[] | null | undefined;
  readonly syscalls?: readonly SeccompRule[] | null | undefined;
}

export interface SeccompRule {
  readonly name?: string | undefined;
  readonly names?: readonly string[] | null | undefined;
  readonly action: string;
  readonly args?: readonly SeccompArgument[] | null | undefined;
  readonly errnoRet?: number | null | undefined;
  readonly errno?: string | undefined;
  readonly includes?: SeccompCondition | null | undefined;
  readonly excludes?: SeccompCondition | null | undefined;
}

export interface SeccompCondition {
  readonly caps?: readonly string[] | null | undefined;
  readonly arches?: readonly string[] | null | undefined;
  /** `5.11`. */
  readonly minKernel?: string | undefined;
}

export interface SeccompFacts {
  /** Granted to the container, `CAP_SYS_ADMIN` and so on. */
  readonly capabilities: readonly string[];
  /** OCI name, e.g. `amd64`. */
  readonly architecture: string;
  /** Kernel release. */
  readonly kernel: string;
}

const nativeArchitectures: Readonly<Record<string, string>> = {
  amd64: 'SCMP_ARCH_X86_64',
  386: 'SCMP_ARCH_X86',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
  loong64: 'SCMP_ARCH_LOONGARCH64',
  mips64le: 'SCMP_ARCH_MIPSEL64',
  ppc64le: 'SCMP_ARCH_PPC64LE',
  riscv64: 'SCMP_ARCH_RISCV64',
  s390x: 'SCMP_ARCH_S390X',
};

/**
 * @param path named in errors.
 * @throws {InvalidArgumentError} `invalid-seccomp-profile`.
 */
export function parseSeccompProfile(text: string, path: string): SeccompProfile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalidProfile(`decoding seccomp profile ${path} failed: it is not JSON`, cause);
  }
  if (
    typeof document !== 'object' ||
    document === null ||
    !('defaultAction' in document) ||
    typeof document.defaultAction !== 'string'
  ) {
    throw invalidProfile(`decoding seccomp profile ${path} failed: it has no defaultAction`);
  }
  if ('syscalls' in document && document.syscalls !== null && !Array.isArray(document.syscalls)) {
    throw invalidProfile(`decoding seccomp profile ${path} failed: its syscalls are no list`);
  }
  return document as SeccompProfile;
}

/**
 * The rules of a profile that apply to a container with these capabilities on this machine.
 * @throws {InvalidArgumentError} `invalid-seccomp-profile` for an unknown errno or an unreadable kernel version.
 */
export function generateSeccomp(profile: SeccompProfile, facts: SeccompFacts): Seccomp {
  const errnoRet = errnoOf(profile.defaultErrno, profile.defaultErrnoRet);
  const architectures = architecturesOf(profile, facts.architecture);
  return {
    defaultAction: profile.defaultAction,
    ...(errnoRet !== undefined && { defaultErrnoRet: errnoRet }),
    ...(architectures.length > 0 && { architectures }),
    ...(profile.flags?.length && { flags: [...profile.flags] }),
    syscalls: (profile.syscalls ?? []).filter((rule) => applies(rule, facts)).map(toSyscall),
  };
}

function architecturesOf({ architectures, archMap }: SeccompProfile, architecture: string): string[] {
  if (architectures?.length) return [...architectures];
  const entry = archMap?.find((candidate) => candidate.architecture === nativeArchitectures[architecture]);
  return entry === undefined ? [] : [entry.architecture, ...(entry.subArchitectures ?? [])];
}

function applies({ includes, excludes }: SeccompRule, { capabilities, architecture, kernel }: SeccompFacts): boolean {
  const isGranted = (name: string) => capabilities.includes(name);
  if (excludes?.caps?.some(isGranted)) return false;
  if (excludes?.arches?.includes(architecture)) return false;
  if (excludes?.minKernel && isAtLeast(kernel, excludes.minKernel)) return false;
  if (includes?.caps && !includes.caps.every(isGranted)) return false;
  if (includes?.arches?.length && !includes.arches.includes(architecture)) return false;
  return !includes?.minKernel || isAtLeast(kernel, includes.minKernel);
}

function toSyscall(rule: SeccompRule): SeccompSyscall {
  const errnoRet = errnoOf(rule.errno, rule.errnoRet);
  return {
    names: [...(rule.name ? [rule.name] : []), ...(rule.names ?? [])],
    action: rule.action,
    ...(errnoRet !== undefined && { errnoRet }),
    ...(rule.args?.length && { args: rule.args.map(toArgument) }),
  };
}

function toArgument({ index, value, valueTwo, op }: SeccompArgument): SeccompArgument {
  return { index, value, ...(valueTwo && { valueTwo }), op };
}

function errnoOf(name: string | undefined, number: number | null | undefined): number | undefined {
  if (!name) return number ?? undefined;
  const known: Readonly<Record<string, number>> = constants.errno;
  const value = known[name];
  if (value === undefined) throw invalidProfile(`the seccomp profile names the unknown errno ${name}`);
  return value;
}

function isAtLeast(kernel: string, minimum: string): boolean {
  const [major, minor] = versionOf(kernel);
  const [minimumMajor, minimumMinor] = versionOf(minimum);
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}

function versionOf(text: string): readonly [number, number] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw invalidProfile(`"${text}" is no kernel version of the form 5.11`);
  return [Number(major), Number(minor)];
}

function invalidProfile(message: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-seccomp-profile', cause });
}
