import { EngineError, type SecretSummary } from '@tspod/core';
import { raise } from '../for-each.ts';
import type { DocumentShape } from '../format/document-shape.ts';
import { readDocumentsFormat } from '../format/report.ts';
import { goTime } from '../format/text.ts';
import { defineCommand } from '../grammar/command.ts';
import { atLeast } from '../grammar/positional.ts';

const indent = 4;

export const command = defineCommand({
  description: ['Shows what is known of secrets, but for what they say.'],
  usage: '[options] SECRET [SECRET...]',
  examples: ['secret inspect password', 'secret inspect --format "{{.Spec.Name}}" password'],
  flags: {
    format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of JSON' },
    pretty: { kind: 'bool', help: 'For people, in place of JSON' },
  },
  positional: atLeast(1),
  async run({ flags, positional, context: { output, runtime } }) {
    const format = await readDocumentsFormat(flags.format, 'inspect');
    const { secrets } = await runtime();
    const found: SecretSummary[] = [];
    const failures: unknown[] = [];
    for (const name of positional) {
      try {
        found.push(await secrets.get(name));
      } catch (error) {
        if (!EngineError.isInstance(error) || error.code !== 'no-such-secret') throw error;
        failures.push(new Error(`inspecting secret: ${error.message}`));
      }
    }
    if (typeof format === 'function') output.text(format(found.map((secret) => ({ document: document(secret), shape }))));
    else if (flags.pretty) output.text(found.map(forPeople).join(''));
    else output.json(found.map(document), indent);
    raise(failures, output);
    return 0;
  },
});

const shape: DocumentShape = {
  type: '*entities.SecretInfoReport',
  maps: ['Labels', 'Options'],
  times: ['CreatedAt', 'UpdatedAt'],
};

/** podman's document. */
function document({ id, name, createdAt, updatedAt, driver, options, labels }: SecretSummary) {
  return {
    ID: id,
    CreatedAt: createdAt,
    UpdatedAt: updatedAt,
    Spec: { Name: name, Driver: { Name: driver, Options: options }, Labels: labels },
  };
}

function forPeople({ id, name, driver, createdAt, updatedAt }: SecretSummary): string {
  return [
    `ID:              ${id}`,
    `Name:              ${name}`,
    `Driver:            ${driver}`,
    `Created at:        ${goTime(createdAt)}`,
    `Updated at:        ${goTime(updatedAt)}`,
    '',
  ].join('\n');
}
