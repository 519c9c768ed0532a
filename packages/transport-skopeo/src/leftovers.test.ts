import { expect, it } from 'vitest';
import { chooseLeftovers } from './leftovers.ts';

const id = (digit: string) => digit.repeat(64);
const layer = (digit: string, parent?: string) => ({
  id: id(digit),
  ...(parent === undefined ? {} : { parent: id(parent) }),
  'diff-digest': `sha256:${id(digit)}`,
});
const nothing = { images: [], usedLayers: new Set<string>() };
const trace = (...blobs: string[]) => ({ layersBefore: [], imagesBefore: [], blobs });
const chosen = (...digits: string[]) => new Set(digits.map(id));

it('takes new layers with the digests of the transfer, by whole or shortened digests', () => {
  const layers = [layer('a'), layer('b', 'a'), layer('c')];
  expect(chooseLeftovers({ ...nothing, layers }, trace(id('a'), id('b').slice(0, 12))).layers).toEqual(chosen('a', 'b'));
});

it('takes layers by their compressed digests, and those that are half written', () => {
  const layers = [
    { id: id('a'), 'compressed-diff-digest': `sha256:${id('9')}` },
    { id: id('b'), flags: { incomplete: true } },
  ];
  expect(chooseLeftovers({ ...nothing, layers }, trace(id('9'))).layers).toEqual(chosen('a', 'b'));
});

it('leaves what was there before', () => {
  const layers = [layer('a'), layer('b', 'a')];
  const before = { ...trace(id('a'), id('b')), layersBefore: [id('a')] };
  expect(chooseLeftovers({ ...nothing, layers }, before).layers).toEqual(chosen('b'));
});

it('leaves what has a child that stays, an image or a container', () => {
  const layers = [layer('c', 'b'), layer('a'), layer('b', 'a'), layer('e', 'd'), layer('d'), layer('f')];
  const records = { layers, images: [{ id: id('1'), names: ['x'], layer: id('e') }], usedLayers: new Set([id('f')]) };
  expect(chooseLeftovers(records, trace(id('a'), id('b'), id('d'), id('e'), id('f'))).layers).toEqual(chosen());
});

it('takes an image of the transfer that has no name yet, with its layers', () => {
  const layers = [layer('a')];
  const images = [{ id: id('1'), layer: id('a') }];
  expect(chooseLeftovers({ ...nothing, layers, images }, trace(id('a'), id('1')))).toEqual({
    images: chosen('1'),
    layers: chosen('a'),
  });
  const kept = { images: chosen(), layers: chosen() };
  expect(chooseLeftovers({ ...nothing, layers, images }, trace(id('a')))).toEqual(kept);
  expect(chooseLeftovers({ ...nothing, layers, images }, { ...trace(id('a'), id('1')), imagesBefore: [id('1')] })).toEqual(kept);
  expect(
    chooseLeftovers(
      { ...nothing, layers, images: [{ ...images[0], id: id('1'), names: ['n'], layer: id('a') }] },
      trace(id('a'), id('1')),
    ),
  ).toEqual(kept);
});
