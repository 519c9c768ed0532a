import { readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';
import { hasCode } from '@tspod/linux';

/** Names of containers, one symlink each: making one is atomic, fails when the name is taken, and finding one reads no record. */
export interface NameLinks {
  /** Gives the name to the container, which may have it already; answers which other container has it. */
  claim(name: string, id: string): string | undefined;
  holderOf(name: string): string | undefined;
  /** Takes `name` from the container, or whatever names it has when its name is not known. Idempotent. */
  releaseAll(id: string, name: string | undefined, options?: { readonly except?: string }): void;
}

/** @param isAlive whether a container exists; a name whose container does not is free. */
export function createNameLinks(directory: string, isAlive: (id: string) => boolean): NameLinks {
  function holderOf(name: string): string | undefined {
    if (!isName(name)) return undefined;
    try {
      return readlinkSync(join(directory, name));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  function release(name: string, id: string): void {
    if (holderOf(name) === id) unlinkSync(join(directory, name));
  }

  return {
    holderOf,
    releaseAll(id, name, { except } = {}) {
      for (const held of name === undefined ? readdirSync(directory) : [name]) if (held !== except) release(held, id);
    },
    claim(name, id) {
      if (!isName(name)) {
        throw new InvalidArgumentError(
          `"${name}" is no name for a container: use letters, digits, "_", "." and "-", 255 at most`,
          {
            code: 'invalid-name',
          },
        );
      }
      for (;;) {
        try {
          symlinkSync(id, join(directory, name));
          return undefined;
        } catch (error) {
          if (!hasCode(error, 'EEXIST')) throw error;
        }
        const holder = holderOf(name);
        if (holder === id) return undefined;
        if (holder !== undefined && isAlive(holder)) return holder;
        if (holder !== undefined) release(name, holder);
      }
    },
  };
}

function isName(text: string): boolean {
  return text.length <= 255 && /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text);
}
