/** How a path differs from what a container or layer was made of. */
export interface FileChange {
  readonly kind: 'added' | 'changed' | 'deleted';
  /** Absolute, as the container sees it. */
  readonly path: string;
}
