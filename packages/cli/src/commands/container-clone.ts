import { type Container, InvalidArgumentError, withUndoFailure } from '@tspod/core';
import { resourceFlags } from '../create/limit-flags.ts';
import { resourceOptions } from '../create/limit-options.ts';
import { defineCommand } from '../grammar/command.ts';

export const command = defineCommand({
  description: [
    'Makes a container as another one was made, with the limits that it has now, and prints its id. It is in no pod unless --pod',
    'names one. IMAGE takes the place of the image.',
  ],
  usage: '[options] CONTAINER [NAME] [IMAGE]',
  examples: [
    'container clone web',
    'container clone --memory 1g --run web web-2',
    'container clone --destroy web web localhost/web:v2',
  ],
  flags: {
    ...resourceFlags,
    destroy: { kind: 'bool', help: 'Remove the original' },
    force: { kind: 'bool', shorthand: 'f', help: 'With --destroy, even if it runs' },
    name: { kind: 'string', help: 'Name of the clone' },
    pod: { kind: 'string', metavar: 'POD', help: 'Pod that the clone joins' },
    run: { kind: 'bool', help: 'Start the clone' },
  },
  positional: { minimum: 1, maximum: 3 },
  async run({ flags, positional: [wanted = '', name, image], context }) {
    if (flags.force && !flags.destroy) throw invalid('cannot set --force without --destroy: invalid argument');
    if (flags.name !== undefined && name !== undefined)
      throw invalid('cannot specify the name twice: as --name and as an argument');
    const resources = resourceOptions(flags);
    const runtime = await context.runtime();
    const original = await runtime.container(wanted);
    const given = flags.name ?? name;
    // as long as the original is there its name is taken: the clone gets it afterwards
    const takesName = flags.destroy && given === original.name;
    const clone = await original.clone({
      name: takesName ? undefined : given,
      image,
      pod: flags.pod,
      resources: Object.keys(resources).length > 0 ? resources : undefined,
      createCommand: context.commandLine,
    });
    if (flags.destroy) await undoing(clone, () => original.remove({ force: flags.force }));
    if (takesName && given !== undefined) await clone.rename(given);
    if (flags.run) await clone.start();
    context.output.line(clone.id);
    return 0;
  },
});

/** When the original can't be removed, there is no clone either. */
async function undoing(clone: Container, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (failure) {
    await clone.remove().catch((undoFailure: unknown) => {
      throw withUndoFailure(failure, undoFailure);
    });
    throw failure;
  }
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
