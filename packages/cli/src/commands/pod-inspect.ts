import { NotFoundError } from '@tspod/core';
import type { Runtime } from 'tspod';
import { raise } from '../for-each.ts';
import { readDocumentFormat } from '../format/report.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { anyPods, isMissingPod } from '../pods.ts';

/** Indentation of podman's inspect. */
const indent = 5;

export const command = defineCommand({
  description: ['Prints everything known about pods: a JSON object for one, one after the other for several.'],
  usage: '[options] POD [POD...]',
  examples: ['pod inspect web', 'pod inspect --format "{{.State}}" web'],
  flags: {
    format: { kind: 'string', shorthand: 'f', default: 'json', help: 'json, or a Go template for each of them' },
    latest: { kind: 'bool', shorthand: 'l', help: 'The pod that was made last' },
  },
  positional: anyPods,
  async run({ flags, positional, context: { output, runtime: open } }) {
    if (positional.length === 0 && !flags.latest) throw new UsageError('no names or ids specified');
    if (positional.length > 0 && flags.latest) throw new UsageError('--latest and arguments cannot be used together');
    const format = await readDocumentFormat(flags.format, {
      name: 'inspect',
      type: 'interface {}',
      maps: ['Labels', 'PortBindings'],
    });
    const runtime = await open();
    const documents: object[] = [];
    const failures: unknown[] = [];
    for (const name of flags.latest ? [(await runtime.latestPod()).id] : positional) {
      const document = await inspect(runtime, name);
      if (document === undefined)
        failures.push(new NotFoundError(`inspecting object: no such pod ${name}`, { code: 'no-such-pod' }));
      else documents.push(document);
    }
    if (typeof format === 'function') output.text(format(documents));
    else for (const document of documents.length > 0 ? documents : [[]]) output.json(document, indent);
    raise(failures, output);
    return 0;
  },
});

async function inspect(runtime: Runtime, name: string): Promise<object | undefined> {
  try {
    return await (await runtime.pod(name)).inspect();
  } catch (error) {
    if (isMissingPod(error)) return undefined;
    throw error;
  }
}
