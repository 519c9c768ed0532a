import type { ContainerConfig } from '../container/config.ts';
import type { CreateContainerOptions } from '../container/create-options.ts';
import type { RuntimeParts } from '../runtime/parts.ts';
import { chooseLabels, labelOptions, type SelinuxLabels } from './selinux.ts';
import { runsSystemd } from './systemd.ts';

/** Labels for a new container on a machine with SELinux, none of them used by another one. @throws {InvalidArgumentError} `invalid-label` */
export async function newLabels(
  { host, state }: Pick<RuntimeParts, 'host' | 'state'>,
  { privileged = false, isolation = {} }: Pick<CreateContainerOptions, 'privileged' | 'isolation'>,
  namespaces: ContainerConfig['namespaces'],
  argv: readonly string[],
): Promise<SelinuxLabels> {
  const contexts = await host.selinuxContexts();
  if (contexts === undefined) return { processLabel: '', mountLabel: '' };
  const labels = new Map((await state.containers()).map(({ config }) => [config.id, config.processLabel]));
  const options = labelOptions(isolation.security?.labels ?? [], privileged, namespaces, (id) => labels.get(id) ?? '');
  return chooseLabels(contexts, options, new Set(labels.values()), {
    isSystemd: runsSystemd(isolation.systemd ?? 'true', argv),
  });
}
