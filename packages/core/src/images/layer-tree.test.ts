import { expect, it } from 'vitest';
import type { Image } from '../contracts/image-store.ts';
import { type FamilyMember, intermediateImages } from './layer-tree.ts';

function member(id: string, steps: readonly string[], names: readonly string[] = []): FamilyMember {
  const image = { id, names, isManifestList: false } as Partial<Image> as Image;
  return { image, config: { history: steps.map((step) => ({ created_by: step })), rootfs: { type: 'layers', diff_ids: [] } } };
}

it('takes for steps what has no name and was built on, near or far', () => {
  const family = [
    member('first', ['a']),
    member('second', ['a', 'b']),
    member('result', ['a', 'b', 'c'], ['localhost/result:1']),
    member('named base', ['x'], ['localhost/base:1']),
    member('dangling', ['x', 'y']),
  ];
  expect([...intermediateImages(family)]).toEqual(['first', 'second']);
});
