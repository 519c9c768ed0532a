import { EngineError } from '@tspod/core';
import { raise } from '../for-each.ts';
import { readDocumentFormat } from '../format/report.ts';
import { defineCommand } from '../grammar/command.ts';
import { namesOrAll } from '../grammar/positional.ts';

/** Indentation of podman's inspect. */
const indent = 5;
const complaint = 'provide one or more volume names or use --all';

export const command = defineCommand({
  description: ['Shows everything about volumes, as JSON or by a template.'],
  usage: '[options] VOLUME [VOLUME...]',
  examples: ['volume inspect data', 'volume inspect --format "{{.Mountpoint}}" data', 'volume inspect --all'],
  flags: {
    all: { kind: 'bool', shorthand: 'a', help: 'Every volume' },
    format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of JSON' },
  },
  positional: { ...namesOrAll(complaint), notWithReplacement: complaint },
  async run({ flags, positional, context: { output, runtime } }) {
    const format = await readDocumentFormat(flags.format, { name: 'inspect', type: 'interface {}', maps: ['Labels', 'Options'] });
    const { volumes } = await runtime();
    const names = flags.all ? (await volumes.list()).map(({ name }) => name) : positional;
    const documents: object[] = [];
    const failures: unknown[] = [];
    for (const name of names) {
      try {
        const document = await volumes.inspect(name);
        // a template may ask for what the document leaves out
        documents.push(format === undefined || format === 'json' ? document : { ...absent, ...document });
      } catch (error) {
        if (!EngineError.isInstance(error) || error.code !== 'no-such-volume') throw error;
        failures.push(new Error(`inspecting object: no such volume ${name}`));
      }
    }
    if (typeof format === 'function') output.text(format(documents));
    else output.json(documents, indent);
    raise(failures, output);
    return 0;
  },
});

const absent = { UID: 0, GID: 0, Anonymous: false, NeedsCopyUp: false, NeedsChown: false, Status: {} };
