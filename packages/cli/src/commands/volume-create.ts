import { labelsOf } from '../create-options.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';

export const command = defineCommand({
  description: ['Makes a volume, which keeps data beyond the life of containers. Prints its name.'],
  usage: '[options] [NAME]',
  examples: [
    'volume create data',
    'volume create --label app=web data',
    'volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=10m scratch',
  ],
  flags: {
    driver: { kind: 'string', help: 'What keeps its data; local by default' },
    label: { kind: 'strings', shorthand: 'l', help: 'Label: NAME=VALUE or NAME' },
    opt: { kind: 'stringArray', shorthand: 'o', metavar: 'KEY=VALUE', help: 'Option of the driver: type, device, o' },
  },
  positional: atMost(1),
  async run({ flags, positional: [name], context }) {
    const { volumes } = await context.runtime();
    const options = Object.fromEntries(flags.opt.map(splitOption));
    const labels = labelsOf({ label: flags.label, 'label-file': [] });
    const volume = await volumes.create({ name, driver: flags.driver, options, labels });
    context.output.line(volume.name);
    return 0;
  },
});

function splitOption(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
