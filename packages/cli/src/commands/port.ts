import { InvalidArgumentError, type PublishedPort, singlePorts } from '@tspod/core';
import { latestFlag } from '../container-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { UsageError } from '../grammar/usage-error.ts';
import { ExitError } from '../reporter.ts';

export const command = defineCommand({
  description: ['Lists the published ports of a container, or where one of them is published.'],
  usage: '[options] CONTAINER [PORT[/PROTOCOL]]',
  examples: ['port web', 'port web 80/tcp', 'port --all'],
  flags: { all: { kind: 'bool', shorthand: 'a', help: 'Ports of every container that runs' }, latest: latestFlag },
  positional: { minimum: 0, maximum: 2 },
  async run({ flags, positional, context: { output, runtime } }) {
    if (flags.all && flags.latest) throw new UsageError('--all and --latest cannot be used together');
    if (flags.all && positional.length > 0) throw new UsageError('no arguments are needed with --all');
    const needed = flags.latest ? 0 : 1;
    if (!flags.all && positional.length < needed) throw new UsageError('you must supply a running container name or id');
    const engine = await runtime();
    if (flags.all) {
      for (const { id, ports } of await engine.listContainers()) {
        for (const port of singlePorts(ports)) output.line(`${id.slice(0, 12)}\t${describe(port)}`);
      }
      return 0;
    }
    const wanted = positional[needed] === undefined ? undefined : parseWanted(positional[needed]);
    const container = flags.latest ? await engine.latestContainer() : await engine.container(positional[0] ?? '');
    const published = await container.publishedPorts();
    const found = published.filter(
      ({ containerPort, protocol }) => wanted === undefined || (containerPort === wanted.port && protocol === wanted.protocol),
    );
    // a container that publishes nothing, or does not run, has nothing to show
    if (wanted !== undefined && found.length === 0 && published.length > 0) {
      const message = `failed to find published port "${positional[needed]}"`;
      throw new ExitError(125, new InvalidArgumentError(message, { code: 'not-published' }));
    }
    for (const port of found) output.line(wanted === undefined ? describe(port) : hostEnd(port));
    return 0;
  },
});

function describe(port: PublishedPort): string {
  return `${port.containerPort}/${port.protocol} -> ${hostEnd(port)}`;
}

function hostEnd({ hostAddress, hostPort }: PublishedPort): string {
  return `${hostAddress === '' ? '0.0.0.0' : hostAddress}:${hostPort}`;
}

function parseWanted(text: string): { readonly port: number; readonly protocol: string } {
  const [port = '', protocol = 'tcp', ...more] = text.split('/');
  if (more.length > 0) {
    throw new InvalidArgumentError('your port/protocol flag is invalid: port has to be in the format PORT/PROTOCOL', {
      code: 'invalid-port',
    });
  }
  if (!/^\d+$/.test(port)) {
    throw new InvalidArgumentError(`strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`, {
      code: 'invalid-port',
    });
  }
  return { port: Number(port), protocol };
}
