import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from './version.ts';

test('every package has the engine’s version', () => {
  const packages = new URL('../../', import.meta.url);
  for (const name of readdirSync(packages)) {
    expect(JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')).version, name).toBe(version);
  }
});
