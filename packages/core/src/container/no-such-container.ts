import { NotFoundError } from '../errors.ts';

export function noSuchContainer(idOrName: string): NotFoundError {
  return new NotFoundError(`no container with name or ID "${idOrName}" found: no such container`, { code: 'no-such-container' });
}
