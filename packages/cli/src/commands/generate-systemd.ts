import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, NotFoundError, unlessMissing } from '@tspod/core';
import type { Runtime } from 'tspod';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { describeContainerUnit, describePodUnits, type UnitOptions } from '../systemd/describe.ts';
import { renderUnit, type Unit } from '../systemd/unit.ts';
import { version } from '../version.ts';

const restartPolicies = ['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'];

export const command = defineCommand({
  description: [
    'Writes units by which systemd starts and stops a container or a pod.',
    'With --new the units make the container anew from the command line that made this one.',
  ],
  usage: '[options] {CONTAINER|POD}',
  examples: ['generate systemd --name web', 'generate systemd --new --files --name web'],
  flags: {
    after: { kind: 'stringArray', metavar: 'UNIT', help: 'Start after this unit' },
    'container-prefix': { kind: 'string', default: 'container', help: 'Beginning of the names of units of containers' },
    env: { kind: 'stringArray', shorthand: 'e', metavar: 'NAME=VALUE', help: 'Environment variable of the unit' },
    files: { kind: 'bool', shorthand: 'f', help: 'Write files into the working directory and print their paths' },
    format: { kind: 'string', choices: ['json'], help: 'json: one object with a text for each unit' },
    name: { kind: 'bool', shorthand: 'n', help: 'Use names in place of ids' },
    new: { kind: 'bool', help: 'Make the container or pod anew at each start' },
    'no-header': { kind: 'bool', help: 'Without the remark at the top' },
    'pod-prefix': { kind: 'string', default: 'pod', help: 'Beginning of the names of units of pods' },
    requires: { kind: 'stringArray', metavar: 'UNIT', help: 'Unit without which it can not run' },
    'restart-policy': {
      kind: 'string',
      default: 'on-failure',
      help: `When systemd starts it again: ${restartPolicies.join(', ')}`,
    },
    'restart-sec': { kind: 'uint', help: 'Seconds before it does' },
    separator: { kind: 'string', default: '-', help: 'Between that beginning and the name or id' },
    'start-timeout': { kind: 'uint', help: 'Seconds in which it must have started' },
    'stop-timeout': { kind: 'uint', aliases: ['time'], shorthand: 't', help: 'Seconds before it is killed; its own by default' },
    template: { kind: 'bool', help: 'Write a template, whose instances are told apart by %i; with --new, for containers only' },
    wants: { kind: 'stringArray', metavar: 'UNIT', help: 'Unit that is started with it' },
  },
  positional: exactly(1),
  async run({ flags, positional: [name = ''], context }) {
    const { commandLine, output, workingDirectory } = context;
    if (!restartPolicies.includes(flags['restart-policy'])) {
      throw invalid(`${flags['restart-policy']} is not a valid restart policy`, `choose one of ${restartPolicies.join(', ')}`);
    }
    const isTemplate = flags.template;
    const options: UnitOptions = {
      useNames: flags.name,
      makesNew: flags.new || isTemplate,
      isTemplate,
      containerPrefix: flags['container-prefix'],
      podPrefix: flags['pod-prefix'],
      separator: flags.separator,
      restart: flags['restart-policy'],
      restartSeconds: flags['restart-sec'],
      startTimeout: flags['start-timeout'],
      stopTimeout: flags['stop-timeout'],
      environment: flags.env,
      userDependencies: [...listed('Wants', flags.wants), ...listed('After', flags.after), ...listed('Requires', flags.requires)],
      program: [process.execPath, process.argv[1] ?? '', ...commandLine.slice(1, commandLine.indexOf('generate'))],
    };
    const units = await describe(await context.runtime(), name, options);
    const remark = flags['no-header'] ? undefined : { generator: `tspod ${version()}`, date: new Date().toUTCString() };
    const files = Object.fromEntries(units.map((unit) => [fileName(unit), renderUnit(unit, remark)]));
    if (flags.files) {
      for (const [file, text] of Object.entries(files)) {
        const path = join(workingDirectory, file);
        writeFileSync(path, text);
        output.line(path);
      }
    } else if (flags.format === 'json') {
      output.json(Object.fromEntries(Object.entries(files).map(([file, text]) => [file.replace(/@?\.service$/, ''), text])), 1);
    } else output.text(Object.values(files).join(''));
    return 0;
  },
});

async function describe(runtime: Runtime, name: string, options: UnitOptions): Promise<readonly Unit[]> {
  const [container, pod] = [await unlessMissing(runtime.container(name)), await unlessMissing(runtime.pod(name))];
  if (container !== undefined) return [await describeContainerUnit(container, options)];
  if (pod === undefined) {
    throw new NotFoundError(
      `${name} does not refer to a container or pod: no pod with name or ID ${name} found: no such pod: no container with name or ID "${name}" found: no such container`,
      { code: 'no-such-object' },
    );
  }
  if (options.isTemplate) throw invalid('--template is not supported for pods', 'name a container');
  return describePodUnits(pod, options);
}

function fileName({ name, isTemplate }: Unit): string {
  return `${name}${isTemplate ? '@' : ''}.service`;
}

function listed(directive: string, units: readonly string[]): string[] {
  return units.map((unit) => `${directive}=${unit}`);
}

function invalid(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option', hint });
}
