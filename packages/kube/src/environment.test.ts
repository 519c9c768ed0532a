import { describe, expect, it } from 'vitest';
import { environmentOf, expand, type Sources } from './environment.ts';
import type { KubeContainer, KubePod } from './objects.ts';

const sources: Sources = {
  configMaps: new Map([
    [
      'settings',
      new Map([
        ['MODE', Buffer.from('fast')],
        ['picture', Buffer.from([0xff, 0])],
      ]),
    ],
  ]),
  configMapTexts: new Map([['settings', new Map([['MODE', Buffer.from('fast')]])]]),
  secrets: new Map([['login', new Map([['password', Buffer.from('open sesame')]])]]),
};
const environment = (container: Partial<KubeContainer>) => {
  const whole: KubeContainer = { name: 'c', image: 'i', resources: { limits: { memory: '64Mi', cpu: '1500m' } }, ...container };
  const pod: KubePod = { metadata: { name: 'web', labels: { tier: 'front' } }, spec: { containers: [whole] } };
  return environmentOf(pod, whole, sources);
};

describe('environmentOf', () => {
  it('takes values from where they are', () => {
    expect(
      environment({
        envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', value: '$(A)-$(UNKNOWN)-$$(A)' },
          { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'TIER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
          { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      }),
    ).toEqual({
      S_MODE: 'fast',
      A: 'a',
      B: 'a-$(UNKNOWN)-$(A)',
      PASSWORD: 'open sesame',
      POD: 'web',
      TIER: 'front',
      MEMORY: '64',
      CPUS: '2',
    });
  });

  it('leaves out what is optional and not there', () => {
    const optional = { name: 'nosuch', key: 'k', optional: true };
    expect(environment({ env: [{ name: 'X', valueFrom: { configMapKeyRef: optional } }] })).toEqual({});
    expect(environment({ envFrom: [{ secretRef: { name: 'nosuch', optional: true } }] })).toEqual({});
  });

  it.each([
    [{ envFrom: [{ configMapRef: { name: 'nosuch' } }] }, 'no-such-key'],
    [{ env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'login', key: 'nosuch' } } }] }, 'no-such-key'],
    [{ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'picture' } } }] }, 'no-such-key'],
    [{ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] }, 'unsupported-field'],
    [{ env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } }] }, 'unsupported-field'],
  ])('refuses %j', (container, code) => {
    expect(() => environment(container)).toThrow(expect.objectContaining({ code }));
  });
});

it('expand leaves other dollars alone', () => {
  expect(expand('$A $A} $(A) $', { A: 'x' })).toBe('$A $A} x $');
});
