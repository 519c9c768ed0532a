import { AlreadyExistsError, InvalidArgumentError, NotFoundError } from '@tspod/core';

export function noSuchContainer(idOrName: string): NotFoundError {
  return new NotFoundError(`no container with name or ID "${idOrName}" found: no such container`, { code: 'no-such-container' });
}

export interface Holder {
  readonly id: string;
  readonly name: string;
  /** Its creation has not been finished: it is not listed yet. */
  readonly reserved: boolean;
}

export function alreadyHeld(wanted: { readonly id: string; readonly name: string }, holder: Holder): AlreadyExistsError {
  const hint = holder.reserved ? 'it is being created right now, or its creation was interrupted: try again' : undefined;
  if (holder.id === wanted.id) {
    return new AlreadyExistsError(`the container id ${wanted.id} is already in use by "${holder.name}"`, {
      code: 'id-exists',
      hint,
    });
  }
  return new AlreadyExistsError(
    `the container name "${wanted.name}" is already in use by ${holder.id}. You have to remove that container to be able to reuse that name: that name is already in use`,
    { code: 'container-exists', hint },
  );
}

/** @param candidates some of the containers that fit */
export function ambiguousPrefix(
  prefix: string,
  candidates: readonly { readonly id: string; readonly name: string }[],
): InvalidArgumentError {
  const named = candidates.map(({ id, name }) => `${id.slice(0, 12)} (${name})`).join(', ');
  return new InvalidArgumentError(`more than one container has an id that begins with "${prefix}", among them ${named}`, {
    code: 'ambiguous-container',
    hint: 'give more digits of the id, or the name',
  });
}
