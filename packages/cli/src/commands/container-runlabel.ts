import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { EngineError, InvalidArgumentError, NotFoundError } from '@tspod/core';
import type { Runtime } from 'tspod';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { interruptible } from '../interruptible.ts';
import { registryFlags } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';
import { labelCommand } from '../runlabel.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: [
    'Runs the command that a label of an image holds; a command of podman or docker is run by tspod. IMAGE and NAME in it stand for the',
    'image and for --name, $PWD for the working directory. Arguments come behind it. Look at it with --display first.',
  ],
  usage: '[options] LABEL IMAGE [ARG...]',
  examples: ['container runlabel --display install localhost/web:v1', 'container runlabel run localhost/web:v1'],
  flags: {
    ...registryFlags,
    display: { kind: 'bool', help: 'Only show the command' },
    name: { kind: 'string', shorthand: 'n', help: 'What NAME stands for; by default the last part of the name of the image' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how pulling goes on' },
    replace: { kind: 'bool', help: 'Remove a container that has the name' },
  },
  positional: atLeast(2),
  interspersed: false,
  async run({ flags, given, positional: [label = '', wanted = '', ...args], context }) {
    const { output, commandLine } = context;
    const runtime = await context.runtime();
    const access = await registryAccess(flags, given, context);
    await interruptible('nothing was pulled', (signal) =>
      runtime.images.pull(wanted, { ...access, ...transferProgress(output, flags.quiet), policy: 'missing', signal }),
    );
    const image = await runtime.images.inspect(wanted);
    const text = labelled(image.Labels ?? {}, label) ?? raiseNoLabel(label, wanted);
    const imageName = image.RepoTags?.[0] ?? image.Id;
    const name = flags.name ?? imageName.replace(/^.*\//, '').replace(/[:@].*$/, '');
    const self = [process.execPath, process.argv[1] ?? '', ...commandLine.slice(1, commandLine.indexOf('container'))];
    const words = labelCommand(text, { image: imageName, name, workingDirectory: context.workingDirectory });
    if (flags.display) {
      output.line(`command: ${[...words, ...args].join(' ')}`);
      return 0;
    }
    if (flags.replace) await removeNamed(runtime, name);
    const [program = '', ...rest] = /^(?:\/usr\/bin\/)?(podman|docker|tspod)$/.test(words[0] ?? '')
      ? [...self, ...words.slice(1)]
      : words;
    return run(program, [...rest, ...args], { ...process.env, NAME: name, IMAGE: imageName });
  },
});

/** Capitals make no difference. */
function labelled(labels: Readonly<Record<string, string>>, label: string): string | undefined {
  return Object.entries(labels).find(([key]) => key.toLowerCase() === label.toLowerCase())?.[1];
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  } catch (error) {
    throw new InvalidArgumentError(`can't run "${program}": ${(error as Error).message}`, {
      code: 'invalid-label',
      cause: error,
    });
  }
}

async function removeNamed(runtime: Runtime, name: string): Promise<void> {
  try {
    await runtime.removeContainer(name, { force: true });
  } catch (error) {
    if (!EngineError.isInstance(error) || error.code !== 'no-such-container') throw error;
  }
}

function raiseNoLabel(label: string, image: string): never {
  throw new NotFoundError(`cannot find the value of label: ${label} in image: ${image}`, { code: 'no-such-label' });
}
