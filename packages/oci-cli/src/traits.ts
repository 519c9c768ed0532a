import type { OciRuntimeCapabilities } from '@tspod/core';

/** A JSON object in a file of a directory that is named after the container. */
export interface RuntimeRecord {
  /** Directory of all containers, unless it is set by `stateRoot`. Absolute path. */
  readonly stateRoot: string;
  /** Name of the file. */
  readonly file: string;
  /** Keys without which the runtime can't use it. */
  readonly keys: readonly string[];
}

/** What is different about one runtime, as data. */
export interface OciCliTraits {
  readonly capabilities: OciRuntimeCapabilities;
  /** Messages that mean "I know no such container". */
  readonly unknownContainer: readonly RegExp[];
  /** Annotation that takes a compiled seccomp filter, and the name of the file in a container's state directory that holds it. */
  readonly compiledSeccomp?: { readonly annotation: string; readonly file: string } | undefined;
  /** Where it writes down what it knows of a container. Default: not known, and so damage of that is not told from other failures. */
  readonly record?: RuntimeRecord | undefined;
  /** Global arguments that make it run a container without a cgroup. */
  readonly noCgroupArguments?: readonly string[] | undefined;
  /** Can't lift a CPU quota, and is given this one instead, in microseconds. Default: it can. */
  readonly largestQuota?: number | undefined;
  /** Refuses to work while the cgroup2 mount of a hybrid layout holds controllers. Default: false. */
  readonly refusesHybridControllers?: boolean | undefined;
}
