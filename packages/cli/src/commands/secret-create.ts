import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from '@tspod/core';
import { labelsOf } from '../create-options.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { UsageError } from '../grammar/usage-error.ts';

export const command = defineCommand({
  description: ['Keeps the content of a file, of stdin or of a variable as a secret, for containers to have. Prints its id.'],
  usage: '[options] NAME FILE|-',
  examples: [
    'secret create password password.txt',
    'printf secret | tspod secret create password -',
    'secret create --env token TOKEN',
  ],
  flags: {
    driver: { kind: 'string', shorthand: 'd', help: 'What keeps it; file by default' },
    'driver-opts': { kind: 'strings', metavar: 'KEY=VALUE', help: 'Option of the driver' },
    env: { kind: 'bool', help: 'The second argument is the name of a variable' },
    label: { kind: 'stringArray', shorthand: 'l', help: 'Label: NAME=VALUE or NAME' },
  },
  positional: exactly(2),
  async run({ flags, positional: [name = '', source = ''], context }) {
    const options = Object.fromEntries(flags['driver-opts'].map(parseOption));
    const labels = labelsOf({ label: flags.label, 'label-file': [] });
    const content = flags.env ? variable(source, context.environment) : read(source, context.workingDirectory);
    const { secrets } = await context.runtime();
    context.output.line((await secrets.create({ name, content, labels, options, driver: flags.driver })).id);
    return 0;
  },
});

function variable(name: string, environment: Readonly<Record<string, string | undefined>>): Uint8Array {
  const value = environment[name];
  if (value !== undefined) return Buffer.from(value);
  throw new InvalidArgumentError(`cannot create store secret data: environment variable ${name} is not set`, {
    code: 'invalid-option',
  });
}

function read(source: string, workingDirectory: string): Uint8Array {
  return readFileSync(source === '-' ? 0 : resolve(workingDirectory, source));
}

function parseOption(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals !== -1) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UsageError(`invalid argument "${text}" for "--driver-opts" flag: ${text} must be formatted as key=value`);
}
