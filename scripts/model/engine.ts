import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Container, createRuntime, EngineError, type Runtime } from 'tspod';
import { eventually } from '../../e2e/support/machine.ts';
import { busybox, type CommandResult, type Store } from '../../e2e/support/store.ts';
import { type Action, infra, type Outcome } from './world.ts';

/** What one can see of a container: `running, 1 mounts`, by its name. */
export type View = Readonly<Record<string, string>>;

/** A real engine that takes the steps of a sequence. */
export interface Engine {
  act(action: Action): Promise<Outcome>;
  /** All of it as it is now, once what ends by itself has come to its end. */
  view(): Promise<View>;
  removeAll(): Promise<void>;
  close(): Promise<void>;
}

const podName = 'pod';
/** Signals can't end it, but for SIGKILL. */
const command = ['sleep', '1000'];

/** tspod, through its library. */
export async function libraryEngine(store: Store): Promise<Engine> {
  const runtime: Runtime = await createRuntime({
    root: store.root,
    runRoot: store.runRoot,
    runtime: store.backends.runtime,
    storageDriver: store.backends.storage,
  });
  const { cgroupParent } = store;

  async function actOnContainer(container: Container, action: Action): Promise<void> {
    switch (action.verb) {
      case 'init':
        return container.init();
      case 'start':
        return void (await container.start());
      case 'stop':
        return container.stop({ timeout: 0 });
      case 'restart':
        return container.restart({ timeout: 0 });
      case 'kill':
        return container.kill();
      case 'signal':
        return container.kill('SIGUSR1');
      case 'pause':
        return container.pause();
      case 'unpause':
        return container.unpause();
      case 'exec': {
        const { exit } = await container.exec({ command: ['true'] });
        if ((await exit) !== 0) throw new Error('exec true did not answer 0');
        return;
      }
      case 'mount':
        return void (await container.mount());
      case 'unmount':
        return void (await container.unmount({ force: action.force }));
      case 'cleanup':
        return container.cleanup();
      case 'commit': {
        const image = await container.commit();
        return void (await runtime.images.remove(image.id));
      }
      case 'rename':
        return container.rename(action.newName);
      case 'remove':
        return container.remove({ force: action.force, timeout: 0 });
      default:
        throw new Error(`no verb of a container: ${action.verb}`);
    }
  }

  async function perform(action: Action): Promise<void> {
    switch (action.verb) {
      case 'create': {
        const pod = action.inPod ? { pod: podName } : { cgroupParent };
        return void (await runtime.createContainer({ rootfs: { image: busybox }, name: action.name, command, ...pod }));
      }
      case 'pod create':
        return void (await runtime.createPod({ name: podName, cgroupParent }));
      case 'pod start':
        return (await runtime.pod(podName)).start();
      case 'pod stop':
        return (await runtime.pod(podName)).stop({ timeout: 0 });
      case 'pod kill':
        return (await runtime.pod(podName)).kill();
      case 'pod pause':
        return (await runtime.pod(podName)).pause();
      case 'pod unpause':
        return (await runtime.pod(podName)).unpause();
      case 'pod remove':
        return (await runtime.pod(podName)).remove({ force: action.force, timeout: 0 });
      default:
        return actOnContainer(await runtime.container(action.name), action);
    }
  }

  async function look() {
    const infraIds = new Set(
      (await Promise.all((await runtime.listPods()).map((pod) => pod.inspect()))).map((pod) => pod.InfraContainerID),
    );
    return (await runtime.listContainers({ all: true })).map(({ id, name, state }) => ({
      id,
      name: infraIds.has(id) ? infra : name,
      word: state.status === 'configured' ? 'created' : state.status === 'created' ? 'initialized' : state.status,
    }));
  }

  return {
    async act(action) {
      try {
        await perform(action);
        return 'done';
      } catch (error) {
        if (EngineError.isInstance(error)) return error.code;
        throw error;
      }
    },
    view: async () => viewOf(store, await settled(look)),
    async removeAll() {
      for (const pod of await runtime.listPods()) await pod.remove({ force: true, timeout: 0 });
      for (const { id } of await runtime.listContainers({ all: true }))
        await runtime.removeContainer(id, { force: true, timeout: 0 });
    },
    close: () => runtime.shutdown(),
  };
}

/** A command line that takes podman's verbs: podman's own, or ours. */
export function commandEngine(store: Store, call: (args: readonly string[]) => Promise<CommandResult>): Engine {
  const argumentsOf = (action: Action): readonly string[] => {
    const force = 'force' in action && action.force ? ['--force'] : [];
    switch (action.verb) {
      case 'create': {
        const place = action.inPod ? ['--pod', podName] : ['--network', 'none'];
        return ['create', '--name', action.name, ...place, busybox, ...command];
      }
      case 'init':
      case 'cleanup':
        return ['container', action.verb, action.name];
      case 'stop':
      case 'restart':
        return [action.verb, '-t', '0', action.name];
      case 'signal':
        return ['kill', '--signal', 'USR1', action.name];
      case 'exec':
        return ['exec', action.name, 'true'];
      case 'rename':
        return ['rename', action.name, action.newName];
      case 'remove':
        return ['rm', ...(action.force ? ['--force', '-t', '0'] : []), action.name];
      case 'unmount':
        return ['unmount', ...force, action.name];
      case 'commit':
        return ['commit', '-q', action.name];
      case 'pod create':
        return ['pod', 'create', '--name', podName, '--network', 'none', '--cgroup-parent', store.cgroupParent];
      case 'pod stop':
        return ['pod', 'stop', '-t', '0', podName];
      case 'pod remove':
        return ['pod', 'rm', ...(action.force ? ['--force', '-t', '0'] : []), podName];
      default:
        return 'name' in action ? [action.verb, action.name] : [...action.verb.split(' '), podName];
    }
  };

  async function must(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await call(args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')} exited with ${exitCode}: ${stderr}`);
    return stdout;
  }

  async function look() {
    const listed: { Id: string; Names: string[]; State: string }[] = JSON.parse(await must('ps', '-a', '--format', 'json'));
    return listed.map(({ Id: id, Names: [name = ''], State: word }) => ({
      id,
      name: name.endsWith('-infra') ? infra : name,
      word,
    }));
  }

  return {
    async act(action) {
      const { exitCode, stdout } = await call(argumentsOf(action));
      if (exitCode === 0 && action.verb === 'commit') await must('rmi', stdout.trim());
      return exitCode === 0 ? 'done' : 'refused';
    },
    view: async () => viewOf(store, await settled(look)),
    async removeAll() {
      await must('pod', 'rm', '-f', '-a', '-t', '0');
      await must('rm', '-f', '-a', '-t', '0');
    },
    close: async () => undefined,
  };
}

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly word: string;
}

/** A process that was killed ends, and is cleaned up, a moment later. */
function settled(look: () => Promise<readonly Seen[]>): Promise<readonly Seen[]> {
  return eventually('states that stay', async () => {
    const seen = await look();
    return seen.some(({ word }) => word === 'stopped' || word === 'stopping') ? undefined : seen;
  });
}

/** The mounts are counted in a file that all tools share. */
function viewOf(store: Store, seen: readonly Seen[]): View {
  const records = ['containers.json', 'volatile-containers.json'].flatMap((file) =>
    readJson<{ id: string; layer: string }>(join(store.root, 'overlay-containers', file)),
  );
  const counts = readJson<{ id: string; count: number }>(join(store.runRoot, 'overlay-layers/mountpoints.json'));
  return Object.fromEntries(
    seen.map(({ id, name, word }) => {
      const layer = records.find((record) => record.id === id)?.layer;
      const mounts = counts.find((mount) => mount.id === layer)?.count ?? 0;
      return [name, name === infra ? word : `${word}, ${mounts} mounts`];
    }),
  );
}

function readJson<Item>(path: string): readonly Item[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8') || '[]') ?? []) : [];
}
