import { describe, expect, test } from 'vitest';
import { checkIdMaps, containerId, freeIdMap, hostId, subordinateIds } from './id-maps.ts';
import { parseUserNamespace, type UserNamespaceFlags } from './user-namespace-flags.ts';

const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });

function parse(flags: Partial<UserNamespaceFlags>) {
  const none = { userns: undefined, uidmap: [], gidmap: [], subuidname: undefined, subgidname: undefined };
  return parseUserNamespace({ ...none, ...flags }, (path) => (path === '/etc/subuid' ? 'u:1000:10\nu:2000:5\n' : 'g:7:3\n'));
}

describe('flags of user namespaces', () => {
  test('maps stand for both kinds of ids unless both are given', () => {
    expect(parse({ uidmap: ['0:100:10', '10:200:5'] })).toEqual({
      idMaps: { uid: [map(0, 100, 10), map(10, 200, 5)], gid: [map(0, 100, 10), map(10, 200, 5)] },
    });
    expect(parse({ uidmap: ['0:1:2'], gidmap: ['0:3:4'] })).toEqual({ idMaps: { uid: [map(0, 1, 2)], gid: [map(0, 3, 4)] } });
  });

  test('subordinate ids are mapped one range after the other', () => {
    expect(parse({ subuidname: 'u', subgidname: 'g' })).toEqual({
      idMaps: { uid: [map(0, 1000, 10), map(10, 2000, 5)], gid: [map(0, 7, 3)] },
    });
    expect(() => parse({ subuidname: 'nosuch' })).toThrow('no subuid ranges found for user "nosuch" in /etc/subuid');
  });

  test('modes', () => {
    expect(parse({})).toEqual({});
    expect(parse({ userns: 'host' })).toEqual({ mode: 'host' });
    expect(parse({ userns: 'container:a' })).toEqual({ mode: 'container:a' });
    expect(parse({ userns: 'auto' })).toEqual({ idMaps: { auto: {} } });
    expect(parse({ userns: 'auto:size=70,uidmapping=0:3:1,gidmapping=1:4:1' })).toEqual({
      idMaps: { auto: { size: 70, uid: [map(0, 3, 1)], gid: [map(1, 4, 1)] } },
    });
  });

  test.each([
    [{ userns: 'nosuch' }, 'unrecognized namespace mode nosuch passed'],
    [{ userns: 'keep-id' }, 'keep-id is only supported in rootless mode'],
    [{ userns: 'private' }, 'must provide at least one UID or GID mapping to configure a user namespace'],
    [{ userns: 'auto:size=x' }, 'strconv.ParseUint: parsing "x": invalid syntax'],
    [{ userns: 'auto:foo=1' }, 'unknown option specified: "foo"'],
    [{ userns: 'host', uidmap: ['0:1:1'] }, 'are mutually exclusive'],
    [{ uidmap: ['0:1'] }, 'UID setting is malformed expected ["uint32:uint32:uint32"]: ["0:1"]'],
    [{ gidmap: ['0:1:0'] }, 'UID setting is malformed'],
    [{ uidmap: ['0:1:1'], gidmap: ['0:5000000000:1'] }, 'GID setting is malformed'],
  ])('%j is refused', (flags, message) => {
    expect(() => parse(flags)).toThrow(message);
  });
});

describe('free ids', () => {
  const ranges = [
    { start: 1000, size: 100 },
    { start: 5000, size: 1000 },
  ];

  test('are those that nobody uses, over several ranges where one is too small', () => {
    expect(freeIdMap(ranges, [], 50)).toEqual([map(0, 1000, 50)]);
    expect(freeIdMap(ranges, [map(0, 1000, 50)], 60)).toEqual([map(0, 1050, 50), map(50, 5000, 10)]);
    expect(freeIdMap(ranges, [map(0, 1020, 10)], 30)).toEqual([map(0, 1000, 20), map(20, 1030, 10)]);
  });

  test('leave out what is mapped by wish', () => {
    expect(freeIdMap(ranges, [], 10, [map(3, 42, 2)])).toEqual([map(0, 1000, 3), map(3, 42, 2), map(5, 1003, 5)]);
    expect(freeIdMap(ranges, [], 2, [map(0, 42, 2)])).toEqual([map(0, 42, 2)]);
  });

  test('may not be enough', () => {
    expect(() => freeIdMap(ranges, [map(0, 5000, 1000)], 101)).toThrow('could not find enough available IDs');
    expect(() => freeIdMap([], [], 1)).toThrow('could not find enough available IDs');
  });
});

test('ids are looked up in both directions', () => {
  const maps = [map(0, 1000, 10), map(10, 50, 5)];
  expect([hostId(maps, 0), hostId(maps, 12), hostId(maps, 15)]).toEqual([1000, 52, undefined]);
  expect([containerId(maps, 1009), containerId(maps, 54), containerId(maps, 55)]).toEqual([9, 14, undefined]);
});

test('maps that the kernel would refuse are refused before', () => {
  const both = (...lines: ReturnType<typeof map>[]) => ({ uid: lines, gid: lines });
  expect(checkIdMaps(both(map(0, 1000, 10), map(10, 2000, 10)))).toBeDefined();
  expect(() => checkIdMaps(both(map(0, 1000, 10), map(5, 2000, 10)))).toThrow('mapping 5:2000:10 conflicts with other mappings');
  expect(() => checkIdMaps(both(map(0, 1000, 10), map(10, 1009, 10)))).toThrow('conflicts');
  expect(() => checkIdMaps(both(map(1, 1000, 10)))).toThrow('container ID 0 cannot be mapped to a host ID');
});

test('lines of others and comments don’t count', () => {
  expect(subordinateIds('# c\nother:1:2\n me:3:4 \nme:x:4\n', 'me', '/etc/subuid')).toEqual([{ start: 3, size: 4 }]);
});
