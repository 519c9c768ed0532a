import { EngineError, NotFoundError } from '../errors.ts';

export function noSuchPod(idOrName: string): NotFoundError {
  return new NotFoundError(`no pod with name or ID ${idOrName} found: no such pod`, { code: 'no-such-pod' });
}

/** A verb failed on some containers of a pod; the others went on. Calling it again continues with those. */
export class PodFailedError extends EngineError {
  readonly kind = 'invalid-state';
  /** What went wrong, by the id of the container. */
  readonly failures: ReadonlyMap<string, unknown>;

  /** @param doing as in "starting" */
  constructor(podId: string, doing: string, failures: ReadonlyMap<string, unknown>) {
    const texts = [...failures].map(
      ([id, error]) => `${doing} container ${id}: ${error instanceof Error ? error.message : String(error)}`,
    );
    super(texts.join('; '), {
      code: 'pod-failed',
      hint: `the other containers of pod ${podId} are not affected`,
      cause: [...failures.values()][0],
    });
    this.failures = failures;
  }
}
