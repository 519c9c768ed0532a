import { describe, expect, it } from 'vitest';
import { MS, parseMountOptions } from './mount-options.ts';

describe('mount options', () => {
  it('separate flags, propagation and what the file system reads', () => {
    expect(parseMountOptions(['nodev', 'ro', 'size=1m', 'rslave', '', 'private', 'mode=755'])).toEqual({
      set: MS.nodev | MS.rdonly,
      clear: 0,
      propagation: [MS.slave | MS.rec, MS.private],
      data: ['size=1m', 'mode=755'],
    });
  });

  it('let the later of two words count', () => {
    expect(parseMountOptions(['ro', 'rw', 'suid', 'nosuid'])).toMatchObject({ set: MS.nosuid, clear: MS.rdonly });
  });

  it('know rbind as a recursive bind', () => {
    expect(parseMountOptions(['rbind', 'defaults'])).toMatchObject({ set: MS.bind | MS.rec, clear: 0, data: [] });
  });
});
