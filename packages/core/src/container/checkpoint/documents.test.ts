import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readDocuments } from './documents.ts';
import { withFormerAddresses } from './network-status.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-dump-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('what an archive says of its container', () => {
  const own = {
    version: 1,
    id: 'a',
    name: 'web',
    runtime: 'runc',
    hostname: 'h',
    request: { rootfs: {} },
    networks: [],
    volumes: [],
  };
  const reading = (content: unknown) => {
    writeFileSync(join(directory, 'config.dump'), typeof content === 'string' ? content : JSON.stringify(content));
    return () => readDocuments(directory, 'x.tar');
  };

  test('is read', () => {
    expect(reading({ id: 'a', tspod: own })()).toMatchObject({ name: 'web', runtime: 'runc' });
  });

  test('of another engine is refused by its name', () => {
    expect(reading({ name: 'theirs', rootfsImageName: 'x' })).toThrow(
      expect.objectContaining({
        code: 'foreign-checkpoint',
        message: expect.stringContaining('x.tar of container theirs was not made by tspod'),
      }),
    );
    expect(reading({ tspod: { ...own, version: 2 } })).toThrow(expect.objectContaining({ code: 'foreign-checkpoint' }));
  });

  test.each(['{', '[]', '3', { tspod: {} }, { tspod: { ...own, request: null } }, { tspod: { ...own, volumes: 'x' } }])(
    '%j is refused',
    (content) => {
      expect(reading(content)).toThrow(expect.objectContaining({ message: expect.stringContaining('x.tar') }));
    },
  );

  test('is missed where it is not', () => {
    expect(() => readDocuments(directory, 'x.tar')).toThrow(
      'failed extracting runtime information from x.tar: failed to read config.dump: no such file or directory',
    );
  });
});

describe('addresses', () => {
  const status = { net: { interfaces: { eth0: { subnets: [{ ipnet: '10.1.0.7/16' }], mac_address: '02:00:00:00:00:07' } } } };
  const attachments = [
    { network: 'net', aliases: ['x'] },
    { network: 'other', addresses: ['10.2.0.9'] },
  ];
  const both = { addresses: true, hardware: true };

  test('are those that it had, as far as they are wanted', () => {
    writeFileSync(join(directory, 'network.status'), JSON.stringify(status));
    expect(withFormerAddresses(attachments, directory, both)).toEqual([
      { network: 'net', aliases: ['x'], addresses: ['10.1.0.7'], macAddress: '02:00:00:00:00:07' },
      { network: 'other', addresses: ['10.2.0.9'], macAddress: undefined },
    ]);
    expect(withFormerAddresses(attachments, directory, { addresses: false, hardware: false })).toEqual([
      { network: 'net', aliases: ['x'] },
      { network: 'other' },
    ]);
  });

  test('that were not written down are those that it was made with', () => {
    for (const text of [undefined, 'null']) {
      if (text !== undefined) writeFileSync(join(directory, 'network.status'), text);
      expect(withFormerAddresses(attachments, directory, both)).toEqual(attachments);
    }
    writeFileSync(join(directory, 'network.status'), '{');
    expect(() => withFormerAddresses(attachments, directory, both)).toThrow(
      expect.objectContaining({ code: 'corrupt-checkpoint' }),
    );
  });
});
