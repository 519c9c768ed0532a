import type { Image, ImageLayer } from '../contracts/image-store.ts';
import type { ImageConfig, ImageHistory } from '../oci/image-config.ts';

/** The layers from `top` to the base, as far as they are known. */
function layersBelow(top: string | undefined, layers: readonly ImageLayer[]): readonly ImageLayer[] {
  const known = new Map(layers.map((layer) => [layer.id, layer]));
  const chain = new Set<ImageLayer>();
  for (let layer = known.get(top ?? ''); layer && !chain.has(layer); layer = known.get(layer.parent ?? '')) chain.add(layer);
  return [...chain];
}

/** An image with what tells of whom it was built from. */
export interface FamilyMember {
  readonly image: Image;
  readonly config: ImageConfig;
}

/** The nearest image that `child` was built on: with the same first layers, and the beginning of its history. */
export function parentOf<Member extends FamilyMember>(child: Member, family: readonly Member[]): Member | undefined {
  return family.filter((other) => isBuiltOn(child, other)).sort((one, other) => lengthOf(other) - lengthOf(one))[0];
}

/** The images without a name that others were built on: steps of these builds, kept for the next ones. */
export function intermediateImages(family: readonly FamilyMember[]): ReadonlySet<string> {
  const nameless = family.filter(({ image }) => image.names.length === 0);
  const steps = nameless.filter((parent) => family.some((child) => isBuiltOn(child, parent)));
  return new Set(steps.map(({ image }) => image.id));
}

function isBuiltOn(child: FamilyMember, parent: FamilyMember): boolean {
  if (parent.image.isManifestList || child.image.isManifestList || parent.image.id === child.image.id) return false;
  return (
    lengthOf(child) > lengthOf(parent) &&
    startsWith(historyOf(child.config).map(identity), historyOf(parent.config).map(identity)) &&
    startsWith(child.config.rootfs?.diff_ids ?? [], parent.config.rootfs?.diff_ids ?? [])
  );
}

function startsWith(list: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((item, index) => item === list[index]);
}

function historyOf(config: ImageConfig): readonly ImageHistory[] {
  return config.history ?? [];
}

function lengthOf({ config }: FamilyMember): number {
  return historyOf(config).length;
}

/** Tools write the same moment with more or fewer zeroes. */
function identity({ created, ...rest }: ImageHistory): string {
  return JSON.stringify({ ...rest, created: created && Date.parse(created) });
}

export interface HistoryEntry {
  /** The image that this step led to; undefined when none in the store is just that. */
  readonly id: string | undefined;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly comment: string;
  /** Bytes of the step's layer. */
  readonly size: number;
  readonly tags: readonly string[];
}

/** The steps by which an image was made, the last one first. */
export function historyEntries(
  member: FamilyMember,
  family: readonly FamilyMember[],
  layers: readonly ImageLayer[],
): HistoryEntry[] {
  const chain = [...layersBelow(member.image.topLayer, layers)];
  const steps = [...historyOf(member.config)].reverse();
  let atStep: FamilyMember | undefined = member;
  return steps.map((step, index) => {
    const length = steps.length - index;
    const hasLayer = !step.empty_layer;
    const image: Image | undefined = atStep && lengthOf(atStep) === length ? atStep.image : undefined;
    if (atStep && lengthOf(atStep) === length) atStep = parentOf(atStep, family);
    return {
      id: image?.id,
      createdAt: step.created ?? '',
      createdBy: step.created_by ?? '',
      comment: step.comment ?? '',
      size: hasLayer ? (chain.shift()?.size ?? 0) : 0,
      tags: image?.names ?? [],
    };
  });
}

export interface LayerNode {
  readonly layer: ImageLayer;
  /** Names of the images of which it is the top. */
  readonly topOf: readonly string[];
  readonly children: readonly LayerNode[];
}

/** The layers of an image, the base first, or those that are built on its top layer with that one as the root. */
export function layerPath(image: Image, images: readonly Image[], layers: readonly ImageLayer[]): readonly LayerNode[] {
  return [...layersBelow(image.topLayer, layers)]
    .reverse()
    .map((layer) => ({ layer, topOf: namesOn(layer, images), children: [] }));
}

export function layersAbove(image: Image, images: readonly Image[], layers: readonly ImageLayer[]): LayerNode | undefined {
  const byParent = Map.groupBy(layers, ({ parent }) => parent);
  const seen = new Set<string>();
  const node = (layer: ImageLayer): LayerNode => {
    seen.add(layer.id);
    const children = (byParent.get(layer.id) ?? []).filter(({ id }) => !seen.has(id));
    return { layer, topOf: namesOn(layer, images), children: children.map(node) };
  };
  const top = layers.find(({ id }) => id === image.topLayer);
  return top && node(top);
}

function namesOn(layer: ImageLayer, images: readonly Image[]): readonly string[] {
  return images.filter(({ topLayer }) => topLayer === layer.id).flatMap(({ names }) => names);
}
