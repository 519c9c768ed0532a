import type { Usability } from './usability.ts';

/**
 * Moves images between the store and elsewhere. `load` is the first of its verbs.
 *
 * An interrupted transfer leaves the store as it was; the same image may be moved twice at once.
 */
export interface ImageTransport {
  readonly specVersion: 'v1';
  readonly name: string;

  probe(): Promise<Usability>;

  /**
   * Loads every image of an archive: docker-archive and oci-archive (plain or compressed), oci layout or docker directory.
   * @throws {NotFoundError} `no-such-file`; {InvalidArgumentError} `invalid-archive` with the path, when no known format fits.
   */
  load(request: LoadRequest): Promise<readonly LoadedImage[]>;
}

export interface LoadRequest {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with one line of text per step. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface LoadedImage {
  readonly id: string;
  /** Complete references; empty for an archive without names. */
  readonly names: readonly string[];
}
