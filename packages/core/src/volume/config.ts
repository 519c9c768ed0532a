/** What a volume was made with. Written once. */
export interface VolumeConfig {
  /** Unique, `[a-zA-Z0-9][a-zA-Z0-9_.-]*`. */
  readonly name: string;
  /** Name of the `VolumeDriver` that keeps its data. */
  readonly driver: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** For the driver. */
  readonly options: Readonly<Record<string, string>>;
  /** Made for one container, and removed with it where that removes such volumes. */
  readonly anonymous: boolean;
  /** Id of the container for which it was made on the way. Undefined: somebody asked for it by itself. */
  readonly madeFor?: string | undefined;
}
