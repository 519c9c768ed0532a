import { expect, it } from 'vitest';
import { findImage } from './image-lookup.ts';
import type { ImageRecord } from './records.ts';

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const one: ImageRecord = {
  id: `abc1${'0'.repeat(60)}`,
  names: ['localhost/web:v1', 'registry:5000/web:v2'],
  digest: digest('1'),
  'big-data-digests': { manifest: digest('1'), [`manifest-${digest('2')}`]: digest('2'), [digest('3')]: digest('3') },
};
const two: ImageRecord = { id: `abc2${'0'.repeat(60)}`, names: ['localhost/db:v1'] };
const bare: ImageRecord = { id: `def${'0'.repeat(61)}` };
const find = (names: readonly string[], idOrPrefix?: string) => findImage([one, two, bare], { names, idOrPrefix });

it('tries names in their order, before the id', () => {
  expect(find(['localhost/none:v1', 'localhost/db:v1', 'localhost/web:v1'])).toBe(two);
  expect(find(['localhost/db:v1'], one.id)).toBe(two);
  expect(find(['localhost/none:v1'], one.id)).toBe(one);
});

it('finds by id, with and without sha256:, and by every manifest digest', () => {
  for (const key of [one.id, `sha256:${one.id}`, digest('1'), digest('2')]) expect(find([], key)).toBe(one);
  expect(find([], digest('3'))).toBeUndefined();
});

it('finds by a beginning that fits one', () => {
  expect(find([], 'abc1')).toBe(one);
  expect(find([], 'def')).toBe(bare);
  for (const key of ['de', '', 'xyz', 'DEF']) expect(find([], key)).toBeUndefined();
});

it('refuses a beginning that fits several and names them', () => {
  expect(() => find([], 'abc')).toThrow(
    expect.objectContaining({ code: 'ambiguous-image', message: expect.stringContaining(two.id) }),
  );
});

it('finds a repository with a digest, whatever the tag', () => {
  expect(find([`localhost/web@${digest('2')}`])).toBe(one);
  expect(find([`localhost/web:other@${digest('1')}`])).toBe(one);
  expect(find([`registry:5000/web@${digest('1')}`])).toBe(one);
  expect(find([`localhost/db@${digest('1')}`])).toBeUndefined();
  expect(find([`localhost/web@${digest('9')}`])).toBeUndefined();
});
