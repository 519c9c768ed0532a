import { UsageError } from './usage-error.ts';

/** How many positional arguments a command takes. */
export interface PositionalRule {
  readonly minimum: number;
  readonly maximum: number;
  /** In place of the usual complaint. */
  readonly tooFew?: string;
  readonly tooMany?: string;
  /** A flag that stands for the arguments, as `--all` does. */
  readonly replacedBy?: string;
  /** The complaint about arguments beside that flag. Default: podman's about `--all`. */
  readonly notWithReplacement?: string;
}

export const noArguments: PositionalRule = { minimum: 0, maximum: 0 };

export function exactly(count: number): PositionalRule {
  return { minimum: count, maximum: count };
}

export function atLeast(minimum: number, tooFew?: string): PositionalRule {
  return { minimum, maximum: Number.POSITIVE_INFINITY, ...(tooFew === undefined ? {} : { tooFew }) };
}

export function atMost(maximum: number): PositionalRule {
  return { minimum: 0, maximum };
}

/** Names of containers, or `--all`. */
export function namesOrAll(tooFew = 'you must provide at least one name or id'): PositionalRule {
  return { ...atLeast(1, tooFew), replacedBy: 'all' };
}

/** @throws {UsageError} */
export function checkPositional(
  rule: PositionalRule,
  positional: readonly string[],
  { command, flags }: { readonly command: string; readonly flags: Readonly<Record<string, unknown>> },
): void {
  const count = positional.length;
  if (rule.replacedBy !== undefined && flags[rule.replacedBy] === true) {
    if (count > 0) throw new UsageError(rule.notWithReplacement ?? `no arguments are needed with --${rule.replacedBy}`);
    return;
  }
  if (rule.maximum === 0 && count > 0) throw new UsageError(`\`${command}\` takes no arguments`);
  if (rule.minimum === rule.maximum && count !== rule.minimum) {
    const own = count < rule.minimum ? rule.tooFew : rule.tooMany;
    throw new UsageError(own ?? `accepts ${rule.minimum} arg(s), received ${count}`);
  }
  if (count >= rule.minimum && count <= rule.maximum) return;
  throw new UsageError((count < rule.minimum ? rule.tooFew : rule.tooMany) ?? usualComplaint(rule, count));
}

function usualComplaint({ minimum, maximum }: PositionalRule, count: number): string {
  if (minimum === 0) return `accepts at most ${maximum} arg(s), received ${count}`;
  if (maximum === Number.POSITIVE_INFINITY) return `requires at least ${minimum} arg(s), only received ${count}`;
  return `accepts between ${minimum} and ${maximum} arg(s), received ${count}`;
}
