import { expect, test } from 'vitest';
import { unusable, usable } from '../contracts/usability.ts';
import { chooseUsable, considerAll } from './selection.ts';

const candidate = (name: string, reason?: string) => ({
  name,
  probe: async () => (reason === undefined ? usable : unusable(reason)),
});

test('the first usable candidate is chosen', async () => {
  expect((await chooseUsable('thing', [candidate('a', 'is missing'), candidate('b'), candidate('c')])).name).toBe('b');
});

test('when none is usable the error has every reason', async () => {
  const failing = chooseUsable('OCI runtime', [candidate('a', 'is missing'), candidate('b', 'needs root')]);
  await expect(failing).rejects.toMatchObject({
    code: 'no-usable-backend',
    message: 'no OCI runtime is usable here: a: is missing; b: needs root',
  });
  await expect(chooseUsable('storage', [])).rejects.toMatchObject({ code: 'no-usable-backend' });
});

test('every candidate is considered, in order', async () => {
  expect(await considerAll([candidate('a', 'no'), candidate('b')])).toEqual([
    { name: 'a', usability: { usable: false, reason: 'no' } },
    { name: 'b', usability: { usable: true } },
  ]);
});
