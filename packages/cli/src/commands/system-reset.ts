import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { askPermission } from '../permission.ts';

export const command = defineCommand({
  description: [
    'Removes every container, pod, image, network, volume and secret, and the directories that they are kept in. It is refused while',
    'other programs (podman, buildah) have containers in the same store.',
  ],
  usage: '[options]',
  examples: ['system reset', 'system reset --force'],
  flags: { force: { kind: 'bool', shorthand: 'f', help: 'Do not ask first' } },
  positional: noArguments,
  async run({ flags, context: { output, runtime } }) {
    const engine = await runtime();
    if (!flags.force) {
      const { store } = await engine.info();
      const consequences = [
        ...['all containers', 'all pods', 'all images', 'all networks', 'all volumes', 'all secrets'],
        ...[`the graphRoot directory: "${store.graphRoot}"`, `the runRoot directory: "${store.runRoot}"`],
      ];
      const list = consequences.map((one) => `        - ${one}`).join('\n');
      if (!askPermission(`This will remove:\n${list}`, output)) return 0;
    }
    await engine.reset();
    return 0;
  },
});
