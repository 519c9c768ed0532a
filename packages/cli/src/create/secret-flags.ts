import { type CreateContainerOptions, parseSecret } from '@tspod/core';
import type { FlagTable, FlagValues } from '../grammar/flags.ts';

/** Flags about secrets: `run` and `create`. */
export const secretFlags = {
  secret: {
    kind: 'stringArray',
    metavar: 'NAME[,KEY=VALUE]...',
    help: 'Give it a secret, as a file or a variable: type=mount (the default) or env, target, uid, gid, mode',
  },
} as const satisfies FlagTable;

/** The same text twice is one secret. @throws {InvalidArgumentError} `invalid-secret` */
export function secretOptions({ secret }: FlagValues<typeof secretFlags>): Pick<CreateContainerOptions, 'secrets'> {
  return secret.length === 0 ? {} : { secrets: [...new Set(secret)].map(parseSecret) };
}
