import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Backend,
  type BackendRole,
  type BackendRoles,
  InvalidArgumentError,
  NotSupportedError,
  type OciRuntime,
  type RootfsStorage,
} from '@tspod/core';
import { packageEntry } from './package-entry.ts';
import { requireTrustedPath } from './trusted-path.ts';

/** Backends of packages that are not ours, by role. */
export interface OutsideBackends {
  readonly runtimes: readonly Backend<'runtime'>[];
  readonly storages: readonly Backend<'storage'>[];
}

const roles: Readonly<Record<BackendRole, true>> = { runtime: true, storage: true };

/**
 * Loads packages of others. As root only what nobody else can change is loaded.
 *
 * @param wanted absolute paths of packages or modules, or names of packages in `directory`; one that is named twice is loaded once.
 * @param shipped names that are taken.
 * @throws {InvalidArgumentError} `untrusted-path`, `invalid-backend`, `backend-exists`; {NotFoundError} `no-such-file`;
 * {NotSupportedError} `unsupported-spec-version`. All name the package.
 */
export async function loadOutsideBackends(
  wanted: readonly string[],
  directory: string,
  shipped: Readonly<Record<BackendRole, readonly string[]>>,
): Promise<OutsideBackends> {
  const backends: Backend[] = [];
  for (const path of new Set(wanted.map((name) => locate(name, directory)))) {
    const backend = await load(path);
    if (
      shipped[backend.role].includes(backend.name) ||
      backends.some((one) => one.role === backend.role && one.name === backend.name)
    ) {
      throw new InvalidArgumentError(`${path}: there is a ${backend.role} backend named "${backend.name}" already`, {
        code: 'backend-exists',
        hint: 'load one of them only',
      });
    }
    backends.push(backend);
  }
  return {
    runtimes: backends.filter((backend): backend is Backend<'runtime'> => backend.role === 'runtime'),
    storages: backends.filter((backend): backend is Backend<'storage'> => backend.role === 'storage'),
  };
}

function locate(name: string, directory: string): string {
  if (isAbsolute(name)) return name;
  if (/^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name)) return join(directory, name);
  throw new InvalidArgumentError(`"${name}" is neither an absolute path nor the name of a package`, {
    code: 'invalid-backend',
    hint: `write an absolute path, or the name of a package in ${directory}`,
  });
}

async function load(path: string): Promise<Backend> {
  requireTrustedPath(path);
  const entry = packageEntry(path);
  requireTrustedPath(entry);
  let module: { readonly backend?: unknown };
  try {
    module = await import(pathToFileURL(entry).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`${path} can't be loaded: ${reason}`, { code: 'invalid-backend', cause });
  }
  return validate(path, module.backend);
}

function validate(path: string, value: unknown): Backend {
  if (typeof value !== 'object' || value === null) throw invalid(path, 'it exports no object named "backend"');
  const { specVersion, role, name, create } = value as Partial<Backend>;
  requireVersion(path, specVersion);
  if (typeof role !== 'string' || !Object.hasOwn(roles, role)) {
    throw invalid(path, `its role is ${JSON.stringify(role)} and not one of ${Object.keys(roles).join(', ')}`);
  }
  if (typeof name !== 'string' || !/^[\w][\w.-]*$/.test(name))
    throw invalid(path, `${JSON.stringify(name)} is no name for a backend`);
  if (typeof create !== 'function') throw invalid(path, 'it has no function "create"');
  return { ...(value as Backend), create: checkedFactory(path, name, create) };
}

/** What a package makes must have the name and the version that the package states: records of containers rely on the name. */
function checkedFactory(path: string, name: string, create: Backend['create']): Backend['create'] {
  return (settings, deps) => {
    const made = create(settings as never, deps as BackendRoles[BackendRole]['dependencies'] as never) as OciRuntime &
      RootfsStorage;
    requireVersion(path, made.specVersion);
    if (made.name !== name) throw invalid(path, `it makes a backend named "${made.name}" in place of "${name}"`);
    return made;
  };
}

function requireVersion(path: string, specVersion: unknown): void {
  if (specVersion === 'v1') return;
  throw new NotSupportedError(
    `${path} is written for specVersion ${JSON.stringify(specVersion)}, and this tspod understands "v1"`,
    {
      code: 'unsupported-spec-version',
      hint: 'use a version of the package, or of tspod, that fits',
    },
  );
}

function invalid(path: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(`${path} is no backend of tspod: ${problem}`, {
    code: 'invalid-backend',
    hint: 'docs/backends/ says what such a package exports',
  });
}
