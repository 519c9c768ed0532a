import { EngineError, NotFoundError } from '../errors.ts';

export function noSuchContainer(idOrName: string): NotFoundError {
  return new NotFoundError(`no container with name or ID "${idOrName}" found: no such container`, { code: 'no-such-container' });
}

export function isNoSuchContainer(error: unknown): boolean {
  return EngineError.isInstance(error) && error.code === 'no-such-container';
}

/** For what another process may do first, or make needless by removing the container: undefined when it is gone. */
export async function unlessGone<Value>(act: Promise<Value>): Promise<Value | undefined> {
  try {
    return await act;
  } catch (error) {
    if (isNoSuchContainer(error)) return undefined;
    throw error;
  }
}
