import { expect, it } from 'vitest';
import { createStorePaths } from './store-paths.ts';

const paths = createStorePaths({ graphRoot: '/graph/', runRoot: '/run/./store' });

it('puts everything below the two roots', () => {
  const id = 'a'.repeat(64);
  expect(paths.layerDirectory(id)).toBe(`/graph/overlay/${id}`);
  expect(paths.containerDirectories(id)).toEqual([`/graph/overlay-containers/${id}`, `/run/store/overlay-containers/${id}`]);
});

it.each(['', '..', '../../etc', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}/..`])('makes no path of %j', (id) => {
  for (const make of [paths.layerDirectory, paths.imageDirectory, paths.containerDirectories, paths.foreignMountPoint]) {
    expect(() => make(id)).toThrow(expect.objectContaining({ code: 'invalid-id' }));
  }
});

it('refuses relative roots', () => {
  expect(() => createStorePaths({ graphRoot: 'graph', runRoot: '/run' })).toThrow(
    expect.objectContaining({ code: 'relative-path' }),
  );
});
