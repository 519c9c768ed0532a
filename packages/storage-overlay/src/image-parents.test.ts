import type { ImageConfig } from '@tspod/core';
import { expect, it } from 'vitest';
import { layerIdsBelow, parentAmong } from './image-parents.ts';
import type { ImageRecord, LayerRecord } from './records.ts';

const layers: readonly LayerRecord[] = [
  { id: 'base' },
  { id: 'middle', parent: 'base' },
  { id: 'top', parent: 'middle' },
  { id: 'other' },
];
const histories: Readonly<Record<string, readonly string[]>> = {
  child: ['a', 'b', 'c', 'd'],
  parent: ['a', 'b', 'c'],
  grandparent: ['a'],
  stranger: ['a', 'x'],
  elsewhere: ['a', 'b'],
};
const configOf = ({ id }: ImageRecord): ImageConfig => ({ history: (histories[id] ?? []).map((step) => ({ created_by: step })) });
const image = (id: string, layer: string): ImageRecord => ({ id, layer });
const child = image('child', 'top');

it('follows parents to the base, and no further when the records end or loop', () => {
  expect(layerIdsBelow('top', layers)).toEqual(['top', 'middle', 'base']);
  expect(layerIdsBelow(undefined, layers)).toEqual([]);
  expect(
    layerIdsBelow('one', [
      { id: 'one', parent: 'two' },
      { id: 'two', parent: 'one' },
    ]),
  ).toEqual(['one', 'two']);
  expect(layerIdsBelow('one', [{ id: 'one', parent: 'gone' }])).toEqual(['one', 'gone']);
});

it('asks nothing of an image without layers, which may have no config', () => {
  const unreadable = () => {
    throw new Error('no config');
  };
  expect(parentAmong([image('parent', 'middle')], { id: 'list' }, layers, unreadable)).toBeUndefined();
});

it('takes the nearest image whose history and layers the child continues', () => {
  const candidates = [
    image('grandparent', 'base'),
    image('parent', 'middle'),
    image('stranger', 'middle'),
    image('elsewhere', 'other'),
    child,
  ];
  expect(parentAmong(candidates, child, layers, configOf)?.id).toBe('parent');
  expect(parentAmong(candidates.slice(2), child, layers, configOf)).toBeUndefined();
});

it('takes an image with the same layer when the last step made none', () => {
  expect(parentAmong([image('parent', 'top')], child, layers, configOf)?.id).toBe('parent');
});
