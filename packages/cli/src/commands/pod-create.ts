import { resolve } from 'node:path';
import { type CreatePodOptions, InvalidArgumentError, type Pod, type SharedNamespace } from '@tspod/core';
import { CidFile } from '../cid-file.ts';
import { networkFlags, networkOptions } from '../create/network-flags.ts';
import { podFlags, podOptions } from '../create/pod-flags.ts';
import { defineCommand } from '../grammar/command.ts';
import { atMost } from '../grammar/positional.ts';
import { isMissingPod } from '../pods.ts';

const shareable: readonly string[] = ['cgroup', 'ipc', 'net', 'pid', 'uts'] satisfies SharedNamespace[];
const usual = ['ipc', 'net', 'uts'];

export const command = defineCommand({
  description: ['Makes a pod: containers that share namespaces, and are started, stopped and removed together. Prints its id.'],
  usage: '[options] [NAME]',
  examples: ['pod create --name web', 'pod create --share +pid web', 'pod create --infra=false --label app=web'],
  flags: {
    ...networkFlags,
    ...podFlags,
    'exit-policy': {
      kind: 'string',
      default: 'continue',
      help: 'What it does when its last container has ended: continue or stop',
    },
    infra: { kind: 'bool', default: true, help: 'Have a container that holds the shared namespaces' },
    'infra-image': { kind: 'string', help: 'Image of the infra container, in place of the built-in one' },
    'pod-id-file': { kind: 'string', help: 'File to write the id to' },
    replace: { kind: 'bool', help: 'Remove a pod that has the name' },
    share: { kind: 'string', help: 'Namespaces that are shared: ipc,net,uts by default; +NAME adds to them; none' },
    'share-parent': { kind: 'bool', default: true, help: 'Put the containers below a cgroup of the pod' },
  },
  positional: atMost(1),
  async run({ flags, given, positional, context }) {
    const { output, workingDirectory } = context;
    if (flags.name !== undefined && positional.length > 0) throw invalid('cannot specify --name and NAME at the same time');
    const name = flags.name ?? positional[0];
    const policy = flags['exit-policy'];
    if (policy !== 'continue' && policy !== 'stop') {
      throw invalid(`running pod create option: invalid pod exit policy: "${policy}"`);
    }
    const share = flags.share === undefined ? undefined : parseShare(flags.share);
    const infra = given.has('infra') ? flags.infra : share === undefined || share.length > 0;
    const options: CreatePodOptions = {
      ...podOptions(flags, context),
      name,
      infra,
      infraImage: flags['infra-image'],
      share,
      shareCgroupParent: given.has('share-parent') ? flags['share-parent'] : undefined,
      ...networkOptions(flags),
      exitPolicy: policy,
    };
    const runtime = await context.runtime();
    if (flags.replace) {
      if (name === undefined) throw invalid('cannot replace pod without --name being set');
      await runtime.removePod(name, { force: true }).catch((error: unknown) => {
        if (!isMissingPod(error)) throw error;
      });
    }
    const path = flags['pod-id-file'];
    const file = path === undefined ? undefined : new CidFile(resolve(workingDirectory, path), 'pod');
    let pod: Pod | undefined;
    try {
      pod = await runtime.createPod(options);
      file?.write(pod.id);
    } catch (error) {
      file?.remove();
      await pod?.remove({ force: true });
      throw error;
    }
    output.line(pod.id);
    return 0;
  },
});

/** `+pid` is the usual ones and `pid`. */
function parseShare(text: string): SharedNamespace[] {
  const words = text
    .replace(/^\+/, '')
    .split(',')
    .filter((word) => word !== '' && word !== 'none');
  for (const word of words) {
    if (!shareable.includes(word)) {
      throw invalid(`invalid kernel namespace to share: ${word}. Options are: cgroup, ipc, net, pid, uts or none`);
    }
  }
  return [...new Set([...(text.startsWith('+') ? usual : []), ...words])] as SharedNamespace[];
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: 'invalid-option' });
}
