import { expect, test } from 'vitest';
import { containerEnvironment, expand } from './environment.ts';
import type { IsolationOptions } from './options.ts';

/** A variable as a shell writes it with braces. */
const braced = (text: string) => `$\{${text}}`;

const defaults = {
  environment: ['PATH=/bin', 'A=configured'],
  engineEnvironment: { http_proxy: 'p', HOME: '/h', A: 'engine' },
  hostEnvironment: false,
  proxyEnvironment: true,
};

function environment(isolation: IsolationOptions = {}, own: Record<string, string> = {}, terminal = false) {
  return Object.fromEntries(containerEnvironment({ defaults, image: ['A=image', 'B=b'], own, terminal, isolation }));
}

test('the image wins over the configuration, the proxies of the engine come along', () => {
  expect(environment()).toEqual({ PATH: '/bin', A: 'image', B: 'b', container: 'podman', TERM: 'xterm', http_proxy: 'p' });
  expect(environment({ proxyEnvironment: false })).not.toHaveProperty('http_proxy');
});

test('the environment of the engine wins over the image, and the caller over all', () => {
  expect(environment({ hostEnvironment: true }, { B: 'own' })).toMatchObject({ A: 'engine', HOME: '/h', B: 'own' });
});

test('what is merged refers to what was there; what was not there stays away', () => {
  expect(environment({ environmentMerge: [`PATH=${braced('PATH')}:/opt`, 'NEW=$PATH'] })).toMatchObject({ PATH: '/bin:/opt' });
  expect(environment({ environmentMerge: ['NEW=$PATH'] })).not.toHaveProperty('NEW');
});

test('unsetting is about the image and the configuration only', () => {
  expect(environment({ unsetEnvironment: ['A', 'container'] }, { A: 'own' })).toMatchObject({ A: 'own' });
  expect(environment({ unsetEnvironment: 'all' }, { C: 'own' })).toEqual({ http_proxy: 'p', C: 'own' });
});

test.each([
  ['$A-$B', 'a-'],
  [`${braced('A')}x`, 'ax'],
  [braced('B:-none'), 'none'],
  [braced('A:+some') + braced('B:+some'), 'some'],
  ['\'$A\' "$A" \\$A', '$A a $A'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, new Map([['A', 'a']]))).toBe(expected);
});
