import { dockerListType, type ManifestList } from '@tspod/core';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';

export const command = defineCommand({
  description: [
    'Prints a list of manifests of this store, or else what a registry has under the name.',
    "As with podman, lists are shown in Docker's form whatever they are.",
  ],
  usage: 'LIST',
  examples: ['manifest inspect mine:v1', 'manifest inspect quay.io/podman/hello'],
  flags: {},
  positional: exactly(1),
  async run({ positional: [name = ''], context: { output, runtime } }) {
    const lists = await (await runtime()).images.lists();
    const document = (await lists.exists(name)) ? await lists.get(name) : await lists.getRemote(name);
    if (isList(document)) output.json(inDockerForm(document), 4);
    else {
      output.warning(`${name} is a single image, not a list of manifests`);
      output.json(document, 4);
    }
    return 0;
  },
});

function isList(document: unknown): document is ManifestList {
  return typeof document === 'object' && document !== null && 'manifests' in document && Array.isArray(document.manifests);
}

function inDockerForm({ manifests }: ManifestList) {
  return {
    schemaVersion: 2,
    mediaType: dockerListType,
    manifests:
      manifests.length === 0
        ? null
        : manifests.map(({ mediaType, size, digest, ...rest }) => ({ mediaType, size, digest, ...rest })),
  };
}
