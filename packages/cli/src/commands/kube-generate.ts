import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';
import { generateKube } from '@tspod/kube';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { version } from '../version.ts';

export const command = defineCommand({
  description: ['Writes Kubernetes YAML that describes containers, pods or volumes; tspod kube play and kubectl can read it.'],
  usage: '[options] {CONTAINER...|POD...|VOLUME...}',
  examples: ['kube generate web', 'kube generate --service --filename web.yml web', 'kube generate data web'],
  flags: {
    filename: { kind: 'string', shorthand: 'f', help: 'File to write to, in place of stdout; must not exist' },
    service: { kind: 'bool', shorthand: 's', help: 'With a service for the ports that are published' },
  },
  positional: atLeast(1),
  async run({ flags, positional, context }) {
    const text = await generateKube(await context.runtime(), positional, {
      service: flags.service,
      generator: `tspod-${version()}`,
    });
    if (flags.filename === undefined) context.output.text(text);
    else writeNew(resolve(context.workingDirectory, flags.filename), text);
    return 0;
  },
});

/** @throws {InvalidArgumentError} `unwritable-file` */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? `cannot write to "${path}"; file exists` : message;
    throw new InvalidArgumentError(why, { code: 'unwritable-file', cause: error });
  }
}
