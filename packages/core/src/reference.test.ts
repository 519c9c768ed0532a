import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidateReferences, normaliseReference } from './reference.ts';

const nothing = { searchRegistries: [], shortNameAliases: {} };
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('candidateReferences', () => {
  test.each([
    ['bb', ['localhost/bb:latest', 'docker.io/library/bb:latest']],
    ['bb:1.2', ['localhost/bb:1.2', 'docker.io/library/bb:1.2']],
    ['some/bb', ['localhost/some/bb:latest', 'docker.io/some/bb:latest']],
    ['localhost/bb', ['localhost/bb:latest']],
    ['localhost:5000/bb:x', ['localhost:5000/bb:x']],
    ['quay.io/a/b/c', ['quay.io/a/b/c:latest']],
    ['docker.io/bb', ['docker.io/library/bb:latest']],
    [`quay.io/bb:tag@${digest}`, [`quay.io/bb@${digest}`]],
    ['127.0.0.1:5000/bb', ['127.0.0.1:5000/bb:latest']],
  ])('%s', (name, expected) => {
    expect(candidateReferences(name, nothing)).toEqual(expected);
  });

  test('aliases and search registries come in podman’s order, each once', () => {
    const names = { searchRegistries: ['quay.io', 'docker.io'], shortNameAliases: { bb: 'registry.example/base/bb' } };
    expect(candidateReferences('bb', names)).toEqual([
      'registry.example/base/bb:latest',
      'localhost/bb:latest',
      'quay.io/bb:latest',
      'docker.io/library/bb:latest',
    ]);
  });

  test.each(['', 'UPPER', 'Bad Name', 'a//b', 'a:b:c', 'x@sha256:short', 'a/b:c@d', ':tag', 'bb:', '-x', `${'a'.repeat(256)}`])(
    'refuses "%s"',
    (name) => {
      expect(() => candidateReferences(name, nothing)).toThrowError(expect.objectContaining({ code: 'invalid-reference' }));
    },
  );

  test('never answers anything but complete references, or throws its own error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (name) => {
        try {
          for (const candidate of candidateReferences(name, nothing)) {
            expect(candidateReferences(candidate, nothing)).toEqual([candidate]);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-reference' });
        }
      }),
    );
  });
});

describe('normaliseReference', () => {
  test.each([
    ['one', 'localhost/one:latest'],
    ['one:2', 'localhost/one:2'],
    ['docker.io/library/two:3', 'docker.io/library/two:3'],
    ['quay.io/x/three', 'quay.io/x/three:latest'],
  ])('%s', (name, expected) => {
    expect(normaliseReference(name)).toBe(expected);
  });

  test('a digest can’t be chosen', () => {
    expect(() => normaliseReference(`a@${digest}`)).toThrowError(expect.objectContaining({ code: 'invalid-reference' }));
  });
});
