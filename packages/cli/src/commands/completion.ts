import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { shellScripts } from '../completion/scripts.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';

const shells = Object.keys(shellScripts).sort();

export const command = defineCommand({
  description: [
    'Prints a script for a shell that completes commands, flags, and names and ids of containers, images, pods, volumes, networks',
    'and secrets. How to load it stands in its first lines.',
  ],
  usage: `[options] {${shells.join('|')}}`,
  examples: ['completion bash', 'completion zsh -f _tspod', 'completion fish --no-desc'],
  flags: {
    file: { kind: 'string', shorthand: 'f', help: 'File to write in place of stdout' },
    'no-desc': { kind: 'bool', help: 'Candidates without what they are' },
  },
  positional: {
    minimum: 1,
    maximum: 1,
    tooFew: `requires a shell: ${shells.join(', ')}`,
    tooMany: `requires one shell: ${shells.join(', ')}`,
  },
  async run({ flags, positional: [shell = ''], context: { output, workingDirectory } }) {
    const script = Object.hasOwn(shellScripts, shell) ? shellScripts[shell] : undefined;
    if (script === undefined)
      throw new UsageError(`there is no completion for the shell "${shell}": choose from ${shells.join(', ')}`);
    const text = script(!flags['no-desc']);
    if (flags.file === undefined) output.text(text);
    else writeFileSync(resolve(workingDirectory, flags.file), text);
    return 0;
  },
});
