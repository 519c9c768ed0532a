import { expect, test } from 'vitest';
import { createConmonMonitor } from './conmon-monitor.ts';

test('the first program that can be run is taken', async () => {
  const monitor = createConmonMonitor({ paths: ['/no/such/conmon', '/bin/sh'] });
  expect(monitor.path).toBe('/bin/sh');
  expect(await monitor.probe()).toEqual({ usable: true });
});

test('where there is none, the reason says where it was looked for and what to do', async () => {
  const answer = await createConmonMonitor({ paths: ['/no/such/conmon', '/etc/passwd'] }).probe();
  expect(answer).toMatchObject({ usable: false, reason: expect.stringContaining('/no/such/conmon, /etc/passwd') });
  expect(answer).toMatchObject({ reason: expect.stringContaining('apt-get install conmon') });
});
