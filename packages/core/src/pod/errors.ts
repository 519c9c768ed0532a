import { EngineError, InvalidStateError, NotFoundError } from '../errors.ts';

export function noSuchPod(idOrName: string): NotFoundError {
  return new NotFoundError(`no pod with name or ID ${idOrName} found: no such pod`, { code: 'no-such-pod' });
}

/** A verb failed on some containers of a pod; the others went on. Calling it again continues with those. */
export class PodFailedError extends EngineError {
  readonly kind = 'invalid-state';
  /** What went wrong, by the id of the container. */
  readonly failures: ReadonlyMap<string, unknown>;
  /** The same in words, one text for each container. */
  readonly texts: readonly string[];

  /** @param doing as in "starting" */
  constructor(podId: string, doing: string, failures: ReadonlyMap<string, unknown>) {
    const texts = [...failures].map(([id, error]) => describe(podId, doing, id, error));
    super(texts.join('; '), {
      code: 'pod-failed',
      hint: `the other containers of pod ${podId} are not affected`,
      cause: [...failures.values()][0],
    });
    this.failures = failures;
    this.texts = texts;
  }
}

function describe(podId: string, doing: string, id: string, error: unknown): string {
  if (EngineError.isInstance(error) && error.code === 'init-container-failed') return error.message;
  const from = doing === 'removing' ? ` from pod ${podId}` : '';
  return `${doing} container ${id}${from}: ${error instanceof Error ? error.message : String(error)}`;
}

export function podBeingRemoved(id: string): InvalidStateError {
  return new InvalidStateError(`the pod ${id} is being removed: nothing can join it any more`, {
    code: 'pod-being-removed',
    actual: 'removing',
    allowed: [],
  });
}
