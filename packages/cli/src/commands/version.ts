import type { DocumentShape } from '../format/document-shape.ts';
import { readDocumentFormat } from '../format/report.ts';
import { defineCommand } from '../grammar/command.ts';
import { noArguments } from '../grammar/positional.ts';
import { version } from '../version.ts';

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: '386',
  riscv64: 'riscv64',
};

export const command = defineCommand({
  description: ['Shows the version of tspod and what it runs on.'],
  usage: '[options]',
  examples: ['version', 'version --format json'],
  flags: { format: { kind: 'string', shorthand: 'f', help: 'json or a Go template, in place of a text' } },
  positional: noArguments,
  async run({ flags, context: { output } }) {
    const format = await readDocumentFormat(flags.format, 'version');
    const facts = {
      APIVersion: version(),
      Version: version(),
      NodeVersion: process.version,
      OsArch: `linux/${architectures[process.arch] ?? process.arch}`,
    };
    const document = { Client: { ...facts, Os: 'linux' } };
    if (format === 'json') output.json(document, 0);
    else if (format !== undefined) output.text(format({ document, shape }));
    else
      output.text(
        `Client:       tspod\nVersion:      ${facts.Version}\nAPI Version:  ${facts.APIVersion}\nNode Version: ${facts.NodeVersion}\nOS/Arch:      ${facts.OsArch}\n`,
      );
    return 0;
  },
});

/** Templates for docker ask for the server, which is the same program here. */
const shape: DocumentShape = {
  type: '*define.Version',
  more: { '': ({ Client }) => ({ Server: Client, ...(Client as object) }) },
};
