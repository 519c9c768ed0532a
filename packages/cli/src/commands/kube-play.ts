import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, type PullPolicy, type RegistryAccess } from '@tspod/core';
import { type PlayOptions, playKube, takeDownKube } from '@tspod/kube';
import type { Runtime } from 'tspod';
import type { Context } from '../context.ts';
import { userNamespaceOf } from '../create/isolation-options.ts';
import { networkOptions } from '../create/network-flags.ts';
import { parseAnnotation, parseLogDriver, parseLogOption } from '../create-options.ts';
import { raise } from '../for-each.ts';
import { defineCommand } from '../grammar/command.ts';
import { exactly } from '../grammar/positional.ts';
import { interruptible } from '../interruptible.ts';
import { printTakenDown } from '../kube-report.ts';
import { readKubeText } from '../kube-text.ts';
import { registryFlags } from '../registry-flag-tables.ts';
import { registryAccess } from '../registry-flags.ts';
import { transferProgress } from '../transfer-progress.ts';

export const command = defineCommand({
  description: [
    'Makes and starts the pods, and makes the volumes, that a file of Kubernetes YAML, a URL, or - for stdin describes.',
    'Understood are Pod, Deployment, PersistentVolumeClaim, ConfigMap and Secret.',
  ],
  usage: '[options] FILE|-|URL',
  examples: [
    'kube play web.yml',
    'kube play --configmap settings.yml web.yml',
    'kube play --replace web.yml',
    'kube play --down web.yml',
  ],
  flags: {
    ...registryFlags,
    annotation: { kind: 'strings', help: 'Annotation of every container: KEY=VALUE' },
    build: {
      kind: 'bool',
      help: 'Build images that have a directory of their name, even where they are in the store; =false: build none',
    },
    configmap: { kind: 'strings', metavar: 'FILE', help: 'File with config maps' },
    'context-dir': { kind: 'string', help: 'Directory below which those directories are; the working directory by default' },
    down: { kind: 'bool', help: 'Take down what an earlier play made' },
    ip: { kind: 'strings', metavar: 'ADDRESS', help: 'IPv4 address of a pod in its network, for each pod' },
    'log-driver': { kind: 'string', help: 'Where output is kept' },
    'log-opt': { kind: 'strings', help: 'Option of the log driver' },
    'mac-address': { kind: 'strings', help: 'Hardware address of a pod in its network, for each pod' },
    network: {
      kind: 'stringArray',
      aliases: ['net'],
      metavar: 'MODE',
      help: 'Network of the pods, in place of what the file says',
    },
    'no-hosts': { kind: 'bool', default: 'configured', help: 'Leave /etc/hosts as the images have it' },
    quiet: { kind: 'bool', shorthand: 'q', help: 'Do not show how pulling goes on' },
    replace: { kind: 'bool', help: 'Take down what an earlier play made, and make it anew' },
    'seccomp-profile-root': { kind: 'string', default: '/var/lib/kubelet/seccomp', help: 'Directory of seccomp profiles' },
    start: { kind: 'bool', default: true, help: 'Start the pods' },
    userns: { kind: 'string', help: 'User namespace of the pods: host, auto[:OPTIONS], container:NAME or ns:PATH' },
  },
  positional: exactly(1),
  async run({ flags, given, positional: [source = ''], context }) {
    const { output, workingDirectory } = context;
    if (flags.down && flags.replace) throw invalid('--down and --replace exclude each other');
    const text = await readKubeText(source, workingDirectory);
    const configMaps = await Promise.all(flags.configmap.map((path) => readKubeText(path, workingDirectory)));
    const runtime = await context.runtime();
    if (flags.down) {
      printTakenDown(await takeDownKube(runtime, text), output);
      return 0;
    }
    const access = await registryAccess(flags, given, context);
    const options: PlayOptions = {
      configMaps,
      provideImage: imageProvider(runtime, context, {
        access,
        quiet: flags.quiet,
        contextDirectory: resolve(workingDirectory, flags['context-dir'] ?? '.'),
        build: given.has('build') ? flags.build : undefined,
      }),
      replace: flags.replace,
      start: flags.start,
      annotations: Object.fromEntries(flags.annotation.map(parseAnnotation)),
      logDriver: flags['log-driver'] === undefined ? undefined : parseLogDriver(flags['log-driver']),
      logOptions: Object.fromEntries(flags['log-opt'].map((option) => parseLogOption(option, context))),
      seccompProfileRoot: flags['seccomp-profile-root'],
      addresses: flags.ip,
      macAddresses: flags['mac-address'],
      ...networkOptions({
        ...{ 'add-host': [], dns: [], 'dns-option': [], 'dns-search': [], 'network-alias': [], publish: [] },
        ...{ ip: undefined, ip6: undefined, 'mac-address': undefined },
        network: flags.network,
        'no-hosts': flags['no-hosts'],
      }),
      userNamespace: userNamespaceOfPods(flags.userns),
      createCommand: context.commandLine,
    };
    const report = await playKube(runtime, text, options);
    if (flags.replace) printTakenDown(report.replaced, output);
    for (const note of report.notes) output.warning(note);
    if (report.volumes.length > 0) output.line('Volumes:');
    for (const name of report.volumes) output.line(name);
    if (report.secrets.length > 0) output.line('Secrets:');
    for (const id of report.secrets) output.line(id);
    for (const { id, containers } of report.pods) {
      output.text(`Pod:\n${id}\n${containers.length === 1 ? 'Container:' : 'Containers:'}\n${containers.join('\n')}\n\n`);
    }
    raise(
      report.pods.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      output,
    );
    return 0;
  },
});

/** Ids of its own are those that are free. @throws {InvalidArgumentError} */
function userNamespaceOfPods(userns: string | undefined): PlayOptions['userNamespace'] {
  const none = { uidmap: [], gidmap: [], subuidname: undefined, subgidname: undefined };
  const { mode, idMaps } = userNamespaceOf({ ...none, userns: userns === 'private' ? 'auto' : userns });
  return {
    ...(mode !== undefined && { namespaces: { user: mode } }),
    ...(idMaps !== undefined && { isolation: { idMaps } }),
  };
}

interface ImageSettings {
  readonly access: RegistryAccess;
  readonly quiet: boolean;
  readonly contextDirectory: string;
  /** Undefined: images that are not in the store. */
  readonly build: boolean | undefined;
}

/** Builds an image that has a directory of its name with a Containerfile in it, else pulls it as the policy says. */
function imageProvider(runtime: Runtime, { output, workingDirectory }: Context, settings: ImageSettings) {
  return async (image: string, policy: PullPolicy): Promise<void> => {
    const { images } = runtime;
    const directory = join(settings.contextDirectory, image.replace(/:[^/]*$/, ''));
    const file = ['Containerfile', 'Dockerfile'].map((name) => join(directory, name)).find((path) => existsSync(path));
    if (file !== undefined && settings.build !== false && (settings.build || !(await images.exists(image)))) {
      await interruptible('the image is not complete', (signal) =>
        images.build({
          context: directory,
          flags: [
            ['tag', image],
            ['file', file],
          ],
          workingDirectory,
          onOutput: (bytes) => output.bytes('stderr', bytes),
          signal,
        }),
      );
      return;
    }
    await interruptible('nothing was pulled', (signal) =>
      images.pull(image, { ...settings.access, ...transferProgress(output, settings.quiet), policy, signal }),
    );
  };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
