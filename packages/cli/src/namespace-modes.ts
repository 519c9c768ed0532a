import { InvalidArgumentError, type NamespaceMode } from '@tspod/core';

/**
 * The mode of a namespace as flags name it: `host`, `private`, `container:NAME` or `ns:PATH`, and words that only some namespaces have.
 * @throws {InvalidArgumentError} `invalid-option`
 */
export function parseNamespace(text: string, words: readonly NamespaceMode[] = []): NamespaceMode {
  const known: readonly string[] = ['host', 'private', ...words];
  if (known.includes(text) || /^(container|ns):./.test(text)) return text as NamespaceMode;
  throw new InvalidArgumentError(`unrecognized namespace mode ${text} passed`, {
    code: 'invalid-option',
    hint: `use ${known.join(', ')}, container:NAME or ns:PATH`,
  });
}
