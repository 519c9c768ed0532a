import { takeDownKube } from '@tspod/kube';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { printTakenDown } from '../kube-report.ts';
import { readKubeText } from '../kube-text.ts';

export const command = defineCommand({
  description: [
    'Stops and removes the pods that a file of Kubernetes YAML, a URL, or - for stdin describes. A pod that is not there is no failure.',
    'Volumes of claims stay with their data.',
  ],
  usage: '[options] FILE|-|URL',
  examples: ['kube down web.yml', 'kube down --force web.yml'],
  flags: { force: { kind: 'bool', help: 'Remove the volumes of claims, too' } },
  positional: exactly(1),
  async run({ flags, positional: [source = ''], context }) {
    const text = await readKubeText(source, context.workingDirectory);
    printTakenDown(await takeDownKube(await context.runtime(), text, { volumes: flags.force }), context.output);
    return 0;
  },
});
