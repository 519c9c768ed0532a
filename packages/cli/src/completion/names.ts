import { type ContainerStatus, shortId } from '@tspod/core';
import type { Runtime } from 'tspod';

/** What a word could become, and what that is. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Wanted {
  /** The word so far. */
  readonly word: string;
  /** Containers are listed only in one of these states. */
  readonly statuses?: readonly ContainerStatus[] | undefined;
}

type Lister = (runtime: Runtime, wanted: Wanted) => Promise<Candidate[]>;

/** Lists of names, by the word that usage lines have for them. */
export const listers: Readonly<Record<string, Lister>> = {
  CONTAINER: containers,
  'CONTAINER:': async (runtime, wanted) => (await containers(runtime, wanted)).map(withColon),
  IMAGE: images,
  LIST: images,
  NETWORK: networks,
  POD: pods,
  SECRET: async (runtime) => (await runtime.secrets.list()).map(({ name }) => ({ value: name, description: 'secret' })),
  VOLUME: async (runtime) =>
    (await runtime.volumes.list()).map(({ name, driver }) => ({ value: name, description: `${driver} volume` })),
};

/** An id is offered only to who has begun one. */
function nameAndId(id: string, name: string, description: string, { word }: Wanted): Candidate[] {
  const begun = /^[0-9a-f]+$/.test(word) && id.startsWith(word);
  return [...(name === '' ? [] : [{ value: name, description }]), ...(begun ? [{ value: shortId(id), description: name }] : [])];
}

async function containers(runtime: Runtime, wanted: Wanted): Promise<Candidate[]> {
  const listed = await runtime.listContainers({ all: true });
  const fitting = listed.filter(({ state }) => wanted.statuses === undefined || wanted.statuses.includes(state.status));
  return fitting.flatMap(({ id, name, rootfs, state }) => {
    const image = rootfs.kind === 'image' ? `, ${rootfs.imageName}` : '';
    return nameAndId(id, name, `${state.status}${image}`, wanted);
  });
}

async function images(runtime: Runtime, wanted: Wanted): Promise<Candidate[]> {
  return (await runtime.images.list()).flatMap(({ id, names }) => {
    const short = shortId(id);
    const offered = names.flatMap((name) => {
      const brief = name.replace(/^localhost\//, '').replace(/^docker\.io\/library\//, '');
      return (brief.startsWith(wanted.word) ? [brief] : [name]).map((value) => ({ value, description: short }));
    });
    return [...offered, ...nameAndId(id, '', names[0] ?? '', wanted)];
  });
}

async function networks(runtime: Runtime): Promise<Candidate[]> {
  return (await runtime.networks.list()).map(({ name, driver }) => ({ value: name, description: `${driver} network` }));
}

async function pods(runtime: Runtime, wanted: Wanted): Promise<Candidate[]> {
  return (await runtime.listPods()).flatMap(({ id, name }) => nameAndId(id, name, 'pod', wanted));
}

function withColon({ value, description }: Candidate): Candidate {
  return { value: `${value}:`, description };
}
