import { expect, test } from 'vitest';
import { helperEnvironment } from './helper-environment.ts';

test('only what configures the engine and its helpers is passed on', () => {
  const given = { HOME: '/root', LC_ALL: 'C', SECRET: 'x', CONTAINERS_CONF: '/c', PATH: '/bin' };
  expect(helperEnvironment(given, ['EXTRA=a=b'])).toEqual({
    HOME: '/root',
    LC_ALL: 'C',
    CONTAINERS_CONF: '/c',
    PATH: '/bin',
    EXTRA: 'a=b',
  });
});

test('there is always a PATH', () => {
  expect(helperEnvironment({}, []).PATH).toContain('/usr/bin');
});
