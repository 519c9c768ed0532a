import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { NotFoundError, unlessMissing } from '@tspod/core';
import type { Runtime } from 'tspod';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { describeContainer, describePod } from '../specgen/describe.ts';

export const command = defineCommand({
  description: ["Writes what podman's REST API takes to make a container or pod like this one, as JSON."],
  usage: '[options] {CONTAINER|POD}',
  examples: ['generate spec web', 'generate spec --compact --filename web.json web'],
  flags: {
    compact: { kind: 'bool', shorthand: 'c', help: 'On one line' },
    filename: { kind: 'string', shorthand: 'f', metavar: 'PATH', help: 'Write to this file, and print its path' },
    name: { kind: 'bool', shorthand: 'n', default: true, help: 'Give it a name of its own, that of this one with "-clone"' },
  },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    const { output, workingDirectory } = context;
    const document = await describe(await context.runtime(), name, flags.name ? '-clone' : '');
    const indent = flags.compact ? 0 : 1;
    if (flags.filename === undefined) output.json(document, indent);
    else {
      writeFileSync(resolve(workingDirectory, flags.filename), JSON.stringify(document, undefined, indent));
      output.line(flags.filename);
    }
    return 0;
  },
});

async function describe(runtime: Runtime, name: string, ending: string) {
  const container = await unlessMissing(runtime.container(name));
  if (container !== undefined) {
    return describeContainer(container.config(), await container.inspect(), `${container.name}${ending}`);
  }
  const pod = await unlessMissing(runtime.pod(name));
  if (pod === undefined) {
    throw new NotFoundError(`could not find a pod or container with the id ${name}`, {
      code: 'no-such-object',
      hint: 'list what is there with `tspod ps -a` and `tspod pod ps`',
    });
  }
  const config = pod.config();
  const infra = config.infraId === undefined ? undefined : (await runtime.container(config.infraId)).config();
  return describePod(config, infra, `${pod.name}${ending}`);
}
