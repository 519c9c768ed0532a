import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';
import { isMissingPod } from '../pods.ts';

/** Indentation of podman's inspect. */
const indent = 5;

export const command = defineCommand({
  description: ['Prints everything known about pods: a JSON object for one, one after the other for several.'],
  usage: 'POD [POD...]',
  examples: ['pod inspect web'],
  flags: {},
  positional: atLeast(1, 'no names or ids specified'),
  async run({ positional, context }) {
    const runtime = await context.runtime();
    const failures: unknown[] = [];
    for (const name of positional) {
      try {
        context.output.json(await (await runtime.pod(name)).inspect(), indent);
      } catch (error) {
        if (!isMissingPod(error)) throw error;
        failures.push(new Error(`inspecting object: no such pod ${name}`));
      }
    }
    if (failures.length === positional.length) context.output.json([], indent);
    raise(failures, context.output);
    return 0;
  },
});
