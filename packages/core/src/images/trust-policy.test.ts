import { describe, expect, it } from 'vitest';
import { parseTrustPolicy, trustEntries, withTrust } from './trust-policy.ts';

const policy = parseTrustPolicy('{"default":[{"type":"reject"}]}', '/p');

describe('a trust policy', () => {
  it('is changed for one scope', () => {
    const changed = withTrust(withTrust(policy, 'quay.io/a', 'signedBy', ['/k1', '/k2']), 'docker.io', 'accept', []);
    expect(changed.transports).toEqual({
      docker: {
        'quay.io/a': ['/k1', '/k2'].map((keyPath) => ({ type: 'signedBy', keyType: 'GPGKeys', keyPath })),
        'docker.io': [{ type: 'insecureAcceptAnything' }],
      },
    });
    expect(trustEntries(changed).map(({ transport, scope, type }) => [transport, scope, type])).toEqual([
      ['all', 'default', 'reject'],
      ['repository', 'docker.io', 'accept'],
      ['repository', 'quay.io/a', 'signed'],
      ['repository', 'quay.io/a', 'signed'],
    ]);
    expect(withTrust(policy, 'default', 'accept', []).default).toEqual([{ type: 'insecureAcceptAnything' }]);
  });

  it('wants keys where they are of use', () => {
    expect(() => withTrust(policy, 'x', 'signedBy', [])).toThrow("at least one public key must be defined for type 'signedBy'");
    expect(() => withTrust(policy, 'x', 'accept', ['/k'])).toThrow("1 public keys unexpectedly provided for trust type 'accept'");
  });

  it('is refused when it is none', () => {
    for (const text of ['{', '[]', '{}', '{"default":[{}]}', '{"default":[],"transports":{"docker":{"x":1}}}']) {
      expect(() => parseTrustPolicy(text, '/p')).toThrow('/p is no trust policy');
    }
  });
});
