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
  const candidates = [candidate('a', 'no'), candidate('b'), candidate('c')];
  expect(await considerAll(candidates)).toEqual([
    { name: 'a', usability: { usable: false, reason: 'no' }, chosen: false, reason: 'no' },
    { name: 'b', usability: { usable: true }, chosen: true, reason: '' },
    { name: 'c', usability: { usable: true }, chosen: false, reason: 'b comes first' },
  ]);
  const chosenOf = async (wanted: string) =>
    (await considerAll(candidates, wanted)).map(({ chosen, reason }) => chosen || reason);
  expect(await chosenOf('c')).toEqual(['no', 'c was asked for', true]);
  expect(await chosenOf('a')).toEqual(['no', 'a was asked for', 'a was asked for']);
});
