import type { Command } from './grammar/command.ts';

/** A command's place in the tree; its code is loaded when it is called. */
export interface CommandEntry {
  readonly summary: string;
  readonly group: CommandGroup;
  load(): Promise<Command>;
}

export type CommandGroup = 'containers' | 'images' | 'system';

export interface CommandFamily {
  readonly summary: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

function entry(group: CommandGroup, summary: string, load: () => Promise<{ command: Command }>): CommandEntry {
  return { summary, group, load: async () => (await load()).command };
}

const attach = entry('containers', 'Attach to a running container', () => import('./commands/attach.ts'));
const create = entry('containers', 'Create but do not start a container', () => import('./commands/create.ts'));
const exec = entry('containers', 'Run a process in a running container', () => import('./commands/exec.ts'));
const kill = entry(
  'containers',
  'Kill one or more running containers with a specific signal',
  () => import('./commands/kill.ts'),
);
const logs = entry('containers', 'Fetch the logs of one or more containers', () => import('./commands/logs.ts'));
const ps = entry('containers', 'List containers', () => import('./commands/ps.ts'));
const rm = entry('containers', 'Remove one or more containers', () => import('./commands/rm.ts'));
const run = entry('containers', 'Run a command in a new container', () => import('./commands/run.ts'));
const start = entry('containers', 'Start one or more containers', () => import('./commands/start.ts'));
const stop = entry('containers', 'Stop one or more containers', () => import('./commands/stop.ts'));
const wait = entry('containers', 'Block on one or more containers', () => import('./commands/wait.ts'));
const containerExists = entry('containers', 'Check if a container exists', () => import('./commands/container-exists.ts'));
const containerInspect = entry(
  'containers',
  'Display the configuration of a container',
  () => import('./commands/container-inspect.ts'),
);

const images = entry('images', 'List images in local storage', () => import('./commands/images.ts'));
const load = entry('images', 'Load image(s) from a tar archive', () => import('./commands/load.ts'));
const rmi = entry('images', 'Remove one or more images from local storage', () => import('./commands/rmi.ts'));
const tag = entry('images', 'Add an additional name to a local image', () => import('./commands/tag.ts'));
const untag = entry('images', 'Remove a name from a local image', () => import('./commands/untag.ts'));
const imageExists = entry('images', 'Check if an image exists in local storage', () => import('./commands/image-exists.ts'));
const imageInspect = entry('images', 'Display the configuration of an image', () => import('./commands/image-inspect.ts'));

const info = entry('system', 'Display what the engine is made of', () => import('./commands/info.ts'));
const inspect = entry('containers', 'Display the configuration of object denoted by ID', () => import('./commands/inspect.ts'));
const version = entry('system', 'Display the version information', () => import('./commands/version.ts'));

/** Commands by their name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  ...{ attach, create, exec, inspect, kill, logs, ps, rm, run, start, stop, wait },
  ...{ images, load, rmi, tag, untag },
  ...{ info, version },
};

/** Commands by the name of their family and their name in it. */
export const families: Readonly<Record<string, CommandFamily>> = {
  container: {
    summary: 'Manage containers',
    commands: {
      ...{ attach, create, exec, exists: containerExists, inspect: containerInspect, kill },
      ...{ list: ps, logs, ls: ps, ps, rm, run, start, stop, wait },
    },
  },
  image: {
    summary: 'Manage images',
    commands: { exists: imageExists, inspect: imageInspect, list: images, load, ls: images, rm: rmi, tag, untag },
  },
};
