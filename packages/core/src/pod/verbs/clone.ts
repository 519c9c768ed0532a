import { underCloneName } from '../../container/clone-name.ts';
import { cloneContainer } from '../../container/verbs/clone.ts';
import { undo } from '../../container/verbs/init.ts';
import { NotSupportedError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import type { PodConfig } from '../config.ts';
import type { CreatePodOptions } from '../create-options.ts';
import { membersOf } from '../members.ts';
import { createPod } from './create.ts';
import { removePod } from './remove.ts';

/** What is different about the clone. Default of `name`: the original's with `-clone` behind it, and a number where that is taken. */
export type ClonePodOptions = CreatePodOptions;

/**
 * Makes a pod as another one was made, with a clone of each of its containers. Undone when a step fails.
 * @throws {AlreadyExistsError} `pod-exists`, `container-exists`; {NotSupportedError} `no-request`; and as creating does.
 */
export async function clonePod(parts: RuntimeParts, original: PodConfig, options: ClonePodOptions = {}): Promise<PodConfig> {
  if (original.request === undefined) {
    throw new NotSupportedError(`what pod ${original.name} was made with is not known`, {
      code: 'no-request',
      hint: 'it was made by an earlier version of tspod: create a pod like it by hand',
    });
  }
  const members = (await membersOf(parts, original.id)).filter(({ stored }) => !stored.config.isInfra);
  const request = original.request as CreatePodOptions;
  const made = await createNamed(parts, changed(request, options), original.name, options.name);
  try {
    for (const { stored } of members) await cloneContainer(parts, stored, { pod: made.id });
    return made;
  } catch (failure) {
    return undo(() => removePod(parts, made.id, { force: true }), failure);
  }
}

/** What is said in parts is changed in parts; a user namespace takes the place of another one. */
function changed(request: CreatePodOptions, options: ClonePodOptions): CreatePodOptions {
  const hasOtherUsers = options.namespaces?.user !== undefined || options.isolation?.idMaps !== undefined;
  const { user, ...namespaces } = request.namespaces ?? {};
  const { idMaps, ...isolation } = request.isolation ?? {};
  return {
    ...request,
    infraName: undefined,
    ...options,
    resources: unlessEmpty({ ...request.resources, ...options.resources }),
    namespaces: unlessEmpty({ ...namespaces, ...(!hasOtherUsers && user && { user }), ...options.namespaces }),
    isolation: unlessEmpty({ ...isolation, ...(!hasOtherUsers && idMaps && { idMaps }), ...options.isolation }),
  };
}

function unlessEmpty<Options extends object>(options: Options): Options | undefined {
  return Object.keys(options).length > 0 ? options : undefined;
}

async function createNamed(
  parts: RuntimeParts,
  request: CreatePodOptions,
  original: string,
  asked: string | undefined,
): Promise<PodConfig> {
  if (asked !== undefined) return createPod(parts, { ...request, name: asked });
  return underCloneName(original, 'pod-exists', (name) => createPod(parts, { ...request, name }));
}
