import type { Usability } from './usability.ts';

/**
 * Builds images into the store from a Containerfile.
 *
 * What a build can be told is told in the flags of podman-build(1), because these are what people have in their scripts. A build that
 * fails leaves the layers of the steps that went well, for the next one to begin with; so does one that is aborted.
 */
export interface ImageBuilder {
  readonly specVersion: 'v1';
  readonly name: string;

  probe(): Promise<Usability>;

  /**
   * @throws {UnavailableError} `missing-helper`; {RuntimeFailedError} `build-failed` with the exit code, that of the command when a
   * `RUN` failed; the signal's reason when that aborted it.
   */
  build(request: BuildRequest): Promise<BuiltImage>;
}

export interface BuildRequest {
  /** Directory, URL of a git repository or an archive, or `-` for an archive on stdin. Default: the working directory. */
  readonly context?: string | undefined;
  /** Flags by their long names without the dashes, with their values: `['build-arg', 'version=3']`. A later one counts more. */
  readonly flags?: readonly BuildFlag[] | undefined;
  /** What relative paths begin with. Default: that of this process. */
  readonly workingDirectory?: string | undefined;
  /** OCI runtime of `RUN`, by name or path. Default: the builder's. */
  readonly runtime?: string | undefined;
  /** Give this process's stdin to the build, as a context or Containerfile `-` needs it. Default: it is empty. */
  readonly readsStdin?: boolean | undefined;
  /** Gets what the build says on stdout: its steps, what the commands print, and at last the image's id. */
  readonly onOutput?: ((bytes: Uint8Array) => void) | undefined;
  /** Gets what it says on stderr. Default: that goes where this process's does. */
  readonly onComplaint?: ((bytes: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type BuildFlag = readonly [name: string, value: string];

export interface BuiltImage {
  /** Undefined when the result is no image of the store, as a builder may have it with `--output`. */
  readonly id: string | undefined;
}
