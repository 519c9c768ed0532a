import type { StoredContainer } from '../../contracts/state-store.ts';
import { InvalidArgumentError, NotSupportedError } from '../../errors.ts';
import { checkName } from '../../id.ts';
import { mergeResources, withoutLifted } from '../../resources/merge.ts';
import type { ResourceOptions } from '../../resources/options.ts';
import { checkMemory, resolveResources } from '../../resources/resolve.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { underCloneName } from '../clone-name.ts';
import type { ContainerConfig } from '../config.ts';
import type { CreateContainerOptions } from '../create-options.ts';
import { createContainer } from './create.ts';
import { undo } from './init.ts';
import { remove } from './remove.ts';

export interface CloneOptions {
  /** Default: the name of the original with `-clone` behind it, and a number where that is taken. */
  readonly name?: string | undefined;
  /** Name or id, in place of the original's root filesystem. */
  readonly image?: string | undefined;
  /** Name or id of a pod that the clone joins. Default: it is in none, wherever the original is. */
  readonly pod?: string | undefined;
  /** Over the limits that the original has now. */
  readonly resources?: ResourceOptions | undefined;
  readonly createCommand?: readonly string[] | undefined;
}

/**
 * Makes a container as another one was made, with the limits that it has now. Its files are the image's, its anonymous volumes new ones.
 * Undone when a step fails.
 *
 * @throws {AlreadyExistsError} `container-exists`; {InvalidArgumentError} `infra-container`; {NotSupportedError} `no-request`; and as creating does.
 */
export async function cloneContainer(
  parts: RuntimeParts,
  { config, resources: present }: StoredContainer,
  options: CloneOptions = {},
): Promise<ContainerConfig> {
  const change = await resolveResources(options.resources ?? {}, parts.host, (message) => parts.log('warn', message));
  const resources = mergeResources(present ?? config.spec.linux?.resources ?? {}, change);
  if (resources.memory !== undefined) checkMemory(resources.memory);
  const { image, pod, createCommand } = options;
  const request = { ...requestOf(config), pod, createCommand, ...(image !== undefined && { rootfs: { image } }) };
  const made = await createNamed(parts, request, config.name, options.name);
  if (present === undefined && options.resources === undefined) return made;
  try {
    await parts.state.saveResources(made.id, withoutLifted(resources));
    return made;
  } catch (failure) {
    return undo(() => remove(parts, made.id), failure);
  }
}

async function createNamed(
  parts: RuntimeParts,
  request: CreateContainerOptions,
  original: string,
  asked: string | undefined,
): Promise<ContainerConfig> {
  if (asked !== undefined) return createContainer(parts, { ...request, name: checkName(asked) });
  return underCloneName(original, 'container-exists', (name) => createContainer(parts, { ...request, name }));
}

/** What the original was asked for, without what only one container can have. */
function requestOf({ id, name, isInfra, pod, request }: ContainerConfig): CreateContainerOptions {
  if (isInfra) {
    throw new InvalidArgumentError(`container ${id} is the infra container of pod ${pod} and can't be cloned`, {
      code: 'infra-container',
      hint: 'clone the pod with `tspod pod clone`',
    });
  }
  if (request === undefined) {
    throw new NotSupportedError(`what container ${name} was made with is not known`, {
      code: 'no-request',
      hint: 'it was made by an earlier version of tspod: create a container like it by hand',
    });
  }
  return { ...(request as CreateContainerOptions), cidFile: undefined, pidFile: undefined, initContainer: undefined };
}
