import { expect, test } from 'vitest';
import { mountImageAt } from './mount-image-at.ts';

const log: string[] = [];
const images = {
  mount: async (id: string) => {
    log.push(`mount ${id}`);
    return '/tree';
  },
  unmount: async (id: string) => log.push(`unmount ${id}`) === 0,
};
const host = {
  mount: async ({ source, target }: { source: string; target: string }) => void log.push(`bind ${source} ${target}`),
};

test('a store that can not mount an image at a place is asked for its own mount, which is given back', async () => {
  log.length = 0;
  await mountImageAt({ images, host }, 'i', '/there');
  expect(log).toEqual(['mount i', 'bind /tree /there', 'unmount i']);
});

test('and also when it can not be bound', async () => {
  log.length = 0;
  const failing = {
    mount: async () => {
      throw new Error('no');
    },
  };
  await expect(mountImageAt({ images, host: failing }, 'i', '/there')).rejects.toThrow('no');
  expect(log).toEqual(['mount i', 'unmount i']);
});
