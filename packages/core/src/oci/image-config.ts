/** The OCI image configuration (image-spec `config.md`), with the Docker fields that podman honours. */
export interface ImageConfig {
  architecture?: string;
  os?: string;
  variant?: string;
  created?: string;
  author?: string;
  /** Of docker's format. */
  comment?: string;
  config?: ImageRunConfig;
  rootfs?: { type: string; diff_ids: string[] };
  history?: ImageHistory[];
}

export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, unknown>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, unknown> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  /** Instructions for images that are built on this one; nothing to containers. */
  OnBuild?: string[] | null;
  /** Docker's: a command that tells whether the container does its work. */
  Healthcheck?: Record<string, unknown>;
}

export interface ImageHistory {
  created?: string;
  created_by?: string;
  author?: string;
  comment?: string;
  empty_layer?: boolean;
}
