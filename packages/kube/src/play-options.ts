import type { CreateContainerOptions, CreatePodOptions, PullPolicy } from '@tspod/core';

export interface PlayOptions {
  /** Texts with more config maps. */
  readonly configMaps?: readonly string[] | undefined;
  /** Has an image in the store, by pulling or building it. Default: it must be there. */
  readonly provideImage?: ((image: string, policy: PullPolicy) => Promise<void>) | undefined;
  /** Take down what an earlier play of the same pods made. Default: false, it is in the way. */
  readonly replace?: boolean | undefined;
  /** Default: true. */
  readonly start?: boolean | undefined;
  /** For every container, besides those of the pod. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** In place of what the file says. */
  readonly network?: CreatePodOptions['network'];
  readonly networking?: CreatePodOptions['networking'];
  /** User namespace of every pod. Default: the host's. */
  readonly userNamespace?: Pick<CreatePodOptions, 'namespaces' | 'isolation'> | undefined;
  /** Of each pod, in the order of the text: its IPv4 address, and its hardware address. */
  readonly addresses?: readonly string[] | undefined;
  readonly macAddresses?: readonly string[] | undefined;
  readonly logDriver?: CreateContainerOptions['logDriver'];
  readonly logOptions?: CreateContainerOptions['logOptions'];
  /** Where profiles of type `Localhost` are. Default: `/var/lib/kubelet/seccomp`. */
  readonly seccompProfileRoot?: string | undefined;
  readonly createCommand?: readonly string[] | undefined;
}
