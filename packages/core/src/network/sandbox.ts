import type { ContainerConfig } from '../container/config.ts';
import type { JoinedSandbox, NetworkAttachment, Sandbox } from '../contracts/network.ts';
import type { Spec } from '../oci/spec.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { isUserMode } from '../spec/namespaces.ts';
import { networksOf, sandboxesOf, userModeNetworkOf } from './networks-of.ts';

/** The network of a container that is being initialised. */
export interface StartedSandbox {
  readonly sandbox: Sandbox;
  /** To be kept open by the monitor: they hold the host ports, or a helper's life. */
  readonly keptDescriptors: readonly number[];
  /** Waits for the interfaces where the runtime's create needs them: for hooks, and for sysctls of an interface. */
  readyFor(spec: Spec): Promise<void>;
  /** Waits for the interfaces, and leaves the ports to who inherited them. */
  finished(): Promise<void>;
  /** Something failed: waits for what is under way, and lets go of the ports. Never rejects. */
  abandon(): Promise<void>;
}

/** Networks that a container joins, in this order. */
export function attachmentsOf(
  config: ContainerConfig,
  networks: readonly NetworkAttachment[] | undefined,
): readonly NetworkAttachment[] {
  return networks ?? config.networking?.attachments ?? [];
}

/**
 * Begins to make the container's network. Its interfaces may still be under way while the container is made around it: making them takes
 * as long as everything else.
 */
export async function startSandbox({
  parts,
  config,
  networks,
}: {
  readonly parts: RuntimeParts;
  readonly config: ContainerConfig;
  readonly networks: readonly NetworkAttachment[] | undefined;
}): Promise<StartedSandbox> {
  const joined = await join(parts, config, attachmentsOf(config, networks));
  const { ready } = joined;
  ready.catch(() => undefined); // awaited below; until then it is no unhandled rejection
  return {
    sandbox: joined.sandbox,
    keptDescriptors: joined.keptDescriptors,
    async readyFor(spec) {
      if (needsInterfaces(spec, joined.sandbox)) await ready;
    },
    async finished() {
      await ready;
      joined.release();
    },
    async abandon() {
      await ready.catch(() => undefined);
      joined.release();
    },
  };
}

async function join(
  parts: RuntimeParts,
  { id, name, network, networking }: ContainerConfig,
  attachments: readonly NetworkAttachment[],
): Promise<JoinedSandbox> {
  const ports = networking?.ports ?? [];
  if (!isUserMode(network)) {
    return (await networksOf(parts)).join({ containerId: id, containerName: name, attachments, ports });
  }
  const options = networking?.modeOptions ?? [];
  return (await userModeNetworkOf(parts)).join({ containerId: id, mode: network, options, ports });
}

function needsInterfaces({ hooks, linux }: Spec, { networks }: Sandbox): boolean {
  const names = networks.map(({ interfaceName }) => `.${interfaceName}.`);
  return hooks !== undefined || Object.keys(linux?.sysctl ?? {}).some((key) => names.some((name) => key.includes(name)));
}

/** Takes down what the container has of networks. Idempotent. */
export async function leaveSandbox(parts: RuntimeParts, { id, network }: ContainerConfig): Promise<void> {
  await (await sandboxesOf(parts, network))?.leave(id);
}
