import type { BuildFlag, BuildRequest } from '@tspod/core';
import type { BuildahSettings } from './buildah-settings.ts';

/** buildah's arguments for a build that is told in podman's flags. `env` is buildah's. */
export function buildArguments(
  settings: BuildahSettings,
  { context, flags = [], runtime }: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const {
    graphRoot,
    runRoot,
    storageOptions = [],
    cgroupManager,
    runtimeFlags = [],
    hooksDirectories = [],
    policyPath,
  } = settings;
  const chosenRuntime = runtime ?? settings.runtime;
  return [
    ...written([
      ['root', graphRoot],
      ['runroot', runRoot],
      ['storage-driver', 'overlay'],
      ...storageOptions.map((option): BuildFlag => ['storage-opt', listEntry(option)]),
      ...optional('cgroup-manager', cgroupManager),
    ]),
    'build',
    ...written([
      ...optional('runtime', chosenRuntime),
      ...hooksDirectories.map((directory): BuildFlag => ['hooks-dir', directory]),
      ...runtimeFlags.map((flag): BuildFlag => ['runtime-flag', listEntry(flag.replace(/^--/, ''))]),
      ...optional('signature-policy', policyPath),
      ...translated(flags, env),
    ]),
    ...(context === undefined ? [] : ['--', context]),
  ];
}

/** The words that `--pull` takes: podman's to buildah's. Without one, podman pulls always; without the flag, what is missing. */
const pullWords: Readonly<Record<string, string>> = { true: 'always', newer: 'true' };

/**
 * podman's flags in buildah's words. Both know most of them by the same name; podman keeps the layers of all steps, removes the working
 * container of a failed build, and its `--squash` leaves the layers of the base image alone.
 */
function translated(flags: readonly BuildFlag[], env: Readonly<Record<string, string | undefined>>): BuildFlag[] {
  const last = (wanted: string) => flags.findLast(([name]) => name === wanted)?.[1];
  const own = ['pull', 'pull-always', 'pull-never', 'squash', 'squash-all', 'layers', 'force-rm', 'iidfile'];
  const squashes = last('squash') === 'true' || last('squash-all') === 'true';
  const pulls =
    last('pull-never') === 'true' ? 'never' : last('pull-always') === 'true' ? 'always' : pullWord(last('pull') ?? 'false');
  const layers = squashes ? 'false' : last('layers');
  return [
    ['force-rm', last('force-rm') ?? 'true'],
    ...optional('layers', layers ?? (env.BUILDAH_LAYERS === undefined ? 'true' : undefined)),
    ...(last('squash-all') === 'true' ? [['squash', 'true'] as const] : []),
    ['pull', pulls],
    ...flags.filter(([name]) => !own.includes(name)),
  ];
}

function pullWord(given: string): string {
  const word = given.trim().toLowerCase();
  return pullWords[word] ?? given;
}

function optional(name: string, value: string | undefined): BuildFlag[] {
  return value === undefined ? [] : [[name, value]];
}

function written(flags: readonly BuildFlag[]): string[] {
  return flags.map(([name, value]) => `--${name}=${value}`);
}

/** One value of a flag that takes lists with commas. */
function listEntry(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
