import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../container/config.ts';
import type { Spec } from '../oci/spec.ts';
import { serialiseSpec } from '../spec/serialise.ts';
import { nameOf } from './environment.ts';

/** The variables that the container's present run got from secrets, for more processes in it. */
export function variablesOfRun(config: ContainerConfig): Record<string, string> {
  const { process } = JSON.parse(readFileSync(specOf(config), 'utf8')) as Spec;
  const isSecret = secretNames(config);
  const variables = (process?.env ?? []).filter(isSecret);
  return Object.fromEntries(variables.map((variable) => [nameOf(variable), variable.slice(nameOf(variable).length + 1)]));
}

/** Takes the variables out of the spec that was written for a run which is over. Idempotent. */
export function forgetVariables(config: ContainerConfig): void {
  const path = specOf(config);
  if (!existsSync(path)) return;
  const spec = JSON.parse(readFileSync(path, 'utf8')) as Spec;
  const isSecret = secretNames(config);
  const { process } = spec;
  if (process?.env?.some(isSecret) !== true) return;
  const env = process.env.filter((variable) => !isSecret(variable));
  const draft = `${path}.draft`;
  writeFileSync(draft, serialiseSpec({ ...spec, process: { ...process, env } }), { mode: 0o600 });
  renameSync(draft, path);
}

/** The variables of the present or last run, but for those from secrets; undefined: the spec of none is there. */
export function shownVariables(config: ContainerConfig): readonly string[] | undefined {
  if (!existsSync(specOf(config))) return undefined;
  const { process } = JSON.parse(readFileSync(specOf(config), 'utf8')) as Spec;
  const isSecret = secretNames(config);
  return (process?.env ?? []).filter((variable) => !isSecret(variable));
}

function specOf({ staticDir }: ContainerConfig): string {
  return join(staticDir, 'config.json');
}

function secretNames({ secrets = [] }: ContainerConfig): (variable: string) => boolean {
  const names = new Set(secrets.flatMap(({ type, target }) => (type === 'env' ? [target] : [])));
  return (variable) => names.has(nameOf(variable));
}
