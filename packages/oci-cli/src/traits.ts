import type { OciRuntimeCapabilities } from '@tspod/core';

/** What is different about one runtime, as data. */
export interface OciCliTraits {
  readonly capabilities: OciRuntimeCapabilities;
  /** Messages that mean "I know no such container". */
  readonly unknownContainer: readonly RegExp[];
  /** Annotation that takes a compiled seccomp filter, and the name of the file in a container's state directory that holds it. */
  readonly compiledSeccomp?: { readonly annotation: string; readonly stateRoot: string; readonly file: string } | undefined;
  /** Refuses to work while the cgroup2 mount of a hybrid layout holds controllers. Default: false. */
  readonly refusesHybridControllers?: boolean | undefined;
}
