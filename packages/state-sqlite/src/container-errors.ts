import { AlreadyExistsError, InvalidArgumentError, InvalidStateError, NotFoundError } from '@tspod/core';

export type HeldKind = 'container' | 'pod';

export function noSuchContainer(idOrName: string): NotFoundError {
  return new NotFoundError(`no container with name or ID "${idOrName}" found: no such container`, { code: 'no-such-container' });
}

export function noSuchPod(idOrName: string): NotFoundError {
  return new NotFoundError(`no pod with name or ID ${idOrName} found: no such pod`, { code: 'no-such-pod' });
}

export function noSuchVolume(name: string): NotFoundError {
  return new NotFoundError(`no volume with name "${name}" found: no such volume`, { code: 'no-such-volume' });
}

/** @param code `pod-being-removed`, `dependency-being-removed`, `volume-being-removed` or `container-being-removed` */
export function beingRemoved(code: string, id: string): InvalidStateError {
  const kind = code === 'dependency-being-removed' ? 'container' : code.replace('-being-removed', '');
  const refused = code === 'container-being-removed' ? 'it can not get another name' : 'nothing can join it';
  return new InvalidStateError(`the ${kind} ${id} is being removed: ${refused} any more`, {
    code,
    actual: 'removing',
    allowed: [],
  });
}

export interface Holder {
  readonly kind: HeldKind;
  readonly id: string;
  readonly name: string;
  /** Its creation has not been finished: it is not listed yet. */
  readonly reserved: boolean;
}

export function alreadyHeld(
  kind: HeldKind,
  wanted: { readonly id: string; readonly name: string },
  holder: Holder,
): AlreadyExistsError {
  const hint = holder.reserved ? 'it is being created right now, or its creation was interrupted: try again' : undefined;
  if (holder.id === wanted.id) {
    return new AlreadyExistsError(`the ${kind} id ${wanted.id} is already in use by "${holder.name}"`, {
      code: 'id-exists',
      hint,
    });
  }
  if (kind === 'pod') {
    return new AlreadyExistsError(
      `adding pod to state: name "${wanted.name}" is in use by the ${holder.kind} ${holder.id}: pod already exists`,
      { code: 'pod-exists', hint },
    );
  }
  return new AlreadyExistsError(
    `the container name "${wanted.name}" is already in use by ${holder.id}. You have to remove that ${holder.kind} to be able to reuse that name: that name is already in use`,
    { code: 'container-exists', hint },
  );
}

/** @param candidates some of those that fit */
export function ambiguousPrefix(
  kind: HeldKind,
  prefix: string,
  candidates: readonly { readonly id: string; readonly name: string }[],
): InvalidArgumentError {
  const named = candidates.map(({ id, name }) => `${id.slice(0, 12)} (${name})`).join(', ');
  return new InvalidArgumentError(`more than one ${kind} has an id that begins with "${prefix}", among them ${named}`, {
    code: `ambiguous-${kind}`,
    hint: 'give more digits of the id, or the name',
  });
}
