import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, InvalidArgumentError, UnavailableError } from '../errors.ts';
import type { Hook, Spec } from '../oci/spec.ts';

/** Stages of the OCI runtime specification at which hooks run; `precreate` is of the engine, before the runtime gets the spec. */
const stages = ['precreate', 'prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;
export type HookStage = (typeof stages)[number];

/** When a hook is for a container: any condition of these is enough, and all of those that are there must hold. */
export interface HookConditions {
  readonly always?: boolean | undefined;
  /** Patterns of names and values: each must fit some annotation. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Patterns of the first word of the command: one must fit. */
  readonly commands?: readonly string[] | undefined;
  readonly hasBindMounts?: boolean | undefined;
}

export interface HookDefinition {
  readonly hook: Hook;
  readonly when: HookConditions;
  readonly stages: readonly HookStage[];
}

/** What conditions look at. */
export interface HookSubject {
  readonly command: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly hasBindMounts: boolean;
}

/**
 * The hooks of directories as oci-hooks(5) has them: files `*.json` in the order of their names, a file of a later directory in place of
 * one of the same name of an earlier one. A directory that is not there has none.
 *
 * @throws {InvalidArgumentError} `invalid-hook` naming the file.
 */
export function readHooks(directories: readonly string[]): HookDefinition[] {
  const files = new Map<string, string>();
  for (const directory of directories) {
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) if (name.endsWith('.json')) files.set(name, join(directory, name));
  }
  return [...files.keys()].sort().map((name) => {
    const path = files.get(name) ?? '';
    return parseHook(readFileSync(path, 'utf8'), path);
  });
}

/**
 * A hook of version 1.0.0.
 * @param path named in errors.
 * @throws {InvalidArgumentError} `invalid-hook`
 */
export function parseHook(text: string, path: string): HookDefinition {
  let document: Record<string, unknown>;
  try {
    document = asObject(JSON.parse(text), 'the document');
    if (document.version !== '1.0.0') throw new TypeError(`unrecognized hook version: ${JSON.stringify(document.version ?? '')}`);
    const hook = parseProgram(asObject(document.hook ?? {}, 'hook'));
    const when = parseConditions(asObject(document.when ?? {}, 'when'));
    const wanted = texts(document.stages, 'stages') ?? [];
    const unknown = wanted.find((stage) => !(stages as readonly string[]).includes(stage));
    if (wanted.length === 0) throw new TypeError('missing required property: stages');
    if (unknown !== undefined) throw new TypeError(`unknown stage "${unknown}"`);
    return { hook, when, stages: wanted as HookStage[] };
  } catch (cause) {
    throw new InvalidArgumentError(`parsing hook ${JSON.stringify(path)}: ${(cause as Error).message}`, {
      code: 'invalid-hook',
      hint: 'see oci-hooks(5)',
      cause,
    });
  }
}

function parseProgram(hook: Record<string, unknown>): Hook {
  const { path, timeout } = hook;
  if (typeof path !== 'string' || path === '') throw new TypeError('missing required property: hook.path');
  if (!path.startsWith('/')) throw new TypeError(`hook.path ${JSON.stringify(path)} is not absolute`);
  if (!existsSync(path)) throw new TypeError(`stat ${path}: no such file or directory`);
  const args = texts(hook.args, 'hook.args');
  const env = texts(hook.env, 'hook.env');
  if (timeout !== undefined && (!Number.isInteger(timeout) || Number(timeout) <= 0))
    throw new TypeError('hook.timeout is no number above 0');
  return { path, ...(args && { args }), ...(env && { env }), ...(timeout !== undefined && { timeout: Number(timeout) }) };
}

function parseConditions(when: Record<string, unknown>): HookConditions {
  const annotations =
    when.annotations === undefined ? undefined : (asObject(when.annotations, 'when.annotations') as Record<string, string>);
  const commands = texts(when.commands, 'when.commands');
  for (const pattern of [...(commands ?? []), ...Object.entries(annotations ?? {}).flat()]) new RegExp(pattern, 'u');
  const conditions = {
    ...(when.always !== undefined && { always: truth(when.always, 'when.always') }),
    ...(annotations && { annotations }),
    ...(commands && { commands }),
    ...(when.hasBindMounts !== undefined && { hasBindMounts: truth(when.hasBindMounts, 'when.hasBindMounts') }),
  };
  if (Object.keys(conditions).length === 0) throw new TypeError('missing required property: when');
  return conditions;
}

function truth(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} is neither true nor false`);
}

function texts(value: unknown, name: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new TypeError(`${name} is no list of strings`);
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`${name} is no object`);
}

/** Whether the conditions hold: all of those that are stated. */
export function isMeant({ always, annotations, commands, hasBindMounts }: HookConditions, subject: HookSubject): boolean {
  if (always !== undefined && !always) return false;
  if (hasBindMounts !== undefined && hasBindMounts !== subject.hasBindMounts) return false;
  const [program] = subject.command;
  if (commands !== undefined && (program === undefined || !commands.some((pattern) => new RegExp(pattern, 'u').test(program))))
    return false;
  return Object.entries(annotations ?? {}).every(([key, value]) =>
    Object.entries(subject.annotations).some(
      ([name, text]) => new RegExp(key, 'u').test(name) && new RegExp(value, 'u').test(text),
    ),
  );
}

/**
 * The spec with the hooks that are meant for its container, after those that it has. `precreate` hooks run now: each gets the spec on stdin
 * and answers the one to go on with.
 *
 * @param run runs a program with a text as its stdin and answers its stdout. @throws when it fails.
 * @throws {UnavailableError} `hook-failed`
 */
export async function withHooks(
  spec: Spec,
  definitions: readonly HookDefinition[],
  subject: HookSubject,
  run: (hook: Hook, input: string) => Promise<string>,
): Promise<Spec> {
  const meant = definitions.filter(({ when }) => isMeant(when, subject));
  if (meant.length === 0) return spec;
  const hooks: Record<string, readonly Hook[]> = { ...spec.hooks };
  for (const { hook, stages: wanted } of meant) {
    for (const stage of wanted) if (stage !== 'precreate') hooks[stage] = [...(hooks[stage] ?? []), hook];
  }
  let changed: Spec = { ...spec, ...(Object.keys(hooks).length > 0 && { hooks }) };
  for (const { hook, stages: wanted } of meant) {
    if (!wanted.includes('precreate')) continue;
    try {
      const answer = await run(hook, JSON.stringify(changed));
      if (answer.trim() !== '') changed = asObject(JSON.parse(answer), 'its answer') as unknown as Spec;
    } catch (cause) {
      if (EngineError.isInstance(cause)) throw cause;
      throw new UnavailableError(`executing precreate hook ${hook.path}: ${(cause as Error).message}`, {
        code: 'hook-failed',
        cause,
      });
    }
  }
  return changed;
}
