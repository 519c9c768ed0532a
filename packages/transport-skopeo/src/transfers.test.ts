import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withTransfer } from './transfers.ts';

let graphRoot: string;
beforeEach(() => {
  graphRoot = mkdtempSync(join(tmpdir(), 'tspod-transfers-'));
});
afterEach(() => rmSync(graphRoot, { recursive: true }));

test.each(['', '{"directory":"/tmp/tspod-tr'])(
  'a journal that was cut off (%j) is forgotten with its directory, and transfers go on',
  async (text) => {
    const journals = join(graphRoot, 'tspod', 'transfers');
    mkdirSync(journals, { recursive: true });
    writeFileSync(join(journals, '0123456789abcdef'), text);
    const temporaries = join(graphRoot, 'temporary');
    mkdirSync(join(temporaries, 'tspod-transfer-0123456789abcdef', 'content'), { recursive: true });
    expect(await withTransfer(graphRoot, temporaries, async () => 'done')).toBe('done');
    expect(readdirSync(temporaries)).toEqual([]);
    expect(readdirSync(journals).filter((name) => /^[0-9a-f]{16}/.test(name))).toEqual([]);
  },
);
