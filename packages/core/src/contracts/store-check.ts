/** Something in a store that is not as it should be. */
export interface StoreProblem {
  /** Stable name of the case, e.g. `orphan-layer-directory`. */
  readonly kind: string;
  /** The id or path that it is about. */
  readonly subject: string;
  /** What is wrong, for people; names the subject. */
  readonly message: string;
  /**
   * `safe`: mending takes nothing away that anybody can use. `lossy`: an image or a container has to go. `manual`: a person must decide,
   * as the message says.
   */
  readonly mending: 'safe' | 'lossy' | 'manual';
  readonly mended: boolean;
}

export interface StoreCheckRequest {
  /** Mend what is `safe`. */
  readonly repair: boolean;
  /** Mend what is `lossy`, too. */
  readonly force: boolean;
  /** Leave out what reads content. */
  readonly quick: boolean;
  /** Milliseconds for which a layer may be there that nothing uses: somebody may be about to. */
  readonly unusedLayerAge: number;
  /** The engine's own containers, with what is known of whether they are in use. */
  readonly containers: ReadonlyMap<string, { readonly alive: boolean }>;
}
