import type { Command } from './grammar/command.ts';

/** A command's place in the tree; its code is loaded when it is called. */
export interface CommandEntry {
  readonly summary: string;
  readonly group: CommandGroup;
  load(): Promise<Command>;
}

export type CommandGroup = 'containers' | 'pods' | 'images' | 'networks' | 'system' | 'volumes';

export interface CommandFamily {
  readonly summary: string;
  readonly group: CommandGroup;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

function entry(group: CommandGroup, summary: string, load: () => Promise<{ command: Command }>): CommandEntry {
  return { summary, group, load: async () => (await load()).command };
}

const attach = entry('containers', 'Connect the terminal to a running container', () => import('./commands/attach.ts'));
const create = entry('containers', 'Make a container without starting it', () => import('./commands/create.ts'));
const exec = entry('containers', 'Run one more command in a running container', () => import('./commands/exec.ts'));
const cp = entry('containers', 'Copy files between containers and the host', () => import('./commands/cp.ts'));
const diff = entry('containers', 'Show what a container changed in its root filesystem', () => import('./commands/diff.ts'));
const exportTree = entry('containers', "Write a container's root filesystem as an archive", () => import('./commands/export.ts'));
const containerDiff = entry(
  'containers',
  'Show what a container changed in its root filesystem',
  () => import('./commands/container-diff.ts'),
);
const mount = entry('containers', "Mount containers' root filesystems", () => import('./commands/mount.ts'));
const unmount = entry('containers', "Unmount containers' root filesystems", () => import('./commands/unmount.ts'));
const kill = entry('containers', 'Send a signal to containers', () => import('./commands/kill.ts'));
const logs = entry('containers', 'Show what containers wrote', () => import('./commands/logs.ts'));
const pause = entry('containers', 'Freeze the processes of containers', () => import('./commands/pause.ts'));
const port = entry('containers', 'List published ports', () => import('./commands/port.ts'));
const ps = entry('containers', 'List containers', () => import('./commands/ps.ts'));
const rename = entry('containers', 'Give a container another name', () => import('./commands/rename.ts'));
const restart = entry('containers', 'Stop containers and start them again', () => import('./commands/restart.ts'));
const rm = entry('containers', 'Remove containers', () => import('./commands/rm.ts'));
const run = entry('containers', 'Make a container and run a command in it', () => import('./commands/run.ts'));
const start = entry('containers', 'Start containers', () => import('./commands/start.ts'));
const stop = entry('containers', 'Stop containers', () => import('./commands/stop.ts'));
const update = entry('containers', 'Change the limits of a container', () => import('./commands/update.ts'));
const stats = entry('containers', 'Show what containers use of the machine', () => import('./commands/stats.ts'));
const top = entry('containers', 'Show the processes of a container', () => import('./commands/top.ts'));
const unpause = entry('containers', 'Let paused containers go on', () => import('./commands/unpause.ts'));
const wait = entry('containers', 'Wait for containers to end', () => import('./commands/wait.ts'));
const containerExists = entry(
  'containers',
  'Tell by the exit code whether a container exists',
  () => import('./commands/container-exists.ts'),
);
const containerCleanup = entry(
  'containers',
  'Do what is left to do when containers have ended',
  () => import('./commands/container-cleanup.ts'),
);
const containerPrune = entry(
  'containers',
  'Remove all containers that do not run',
  () => import('./commands/container-prune.ts'),
);
const containerInit = entry('containers', 'Prepare containers to be started', () => import('./commands/container-init.ts'));
const containerInspect = entry('containers', 'Show everything about containers', () => import('./commands/container-inspect.ts'));

const healthcheckRun = entry('containers', 'Run the health check of a container', () => import('./commands/healthcheck-run.ts'));

const images = entry('images', 'List images', () => import('./commands/images.ts'));
const build = entry('images', 'Build an image from a Containerfile', () => import('./commands/build.ts'));
const commit = entry('images', 'Make an image of what a container changed', () => import('./commands/commit.ts'));
const history = entry('images', 'Show the steps by which an image was made', () => import('./commands/history.ts'));
const importImage = entry('images', 'Make an image of a root file system', () => import('./commands/import.ts'));
const imageMount = entry('images', 'Mount images read-only', () => import('./commands/image-mount.ts'));
const imagePrune = entry('images', 'Remove images that nothing uses', () => import('./commands/image-prune.ts'));
const imageTree = entry('images', 'Show the layers of an image', () => import('./commands/image-tree.ts'));
const imageUnmount = entry('images', 'Take mounts of images back', () => import('./commands/image-unmount.ts'));
const manifestAdd = entry('images', 'Add images to a list', () => import('./commands/manifest-add.ts'));
const manifestAnnotate = entry('images', 'Change what a list says of an image', () => import('./commands/manifest-annotate.ts'));
const manifestCreate = entry('images', 'Make a list', () => import('./commands/manifest-create.ts'));
const manifestExists = entry(
  'images',
  'Tell by the exit code whether a list exists',
  () => import('./commands/manifest-exists.ts'),
);
const manifestInspect = entry('images', 'Show a list', () => import('./commands/manifest-inspect.ts'));
const manifestRemove = entry('images', 'Take an image off a list', () => import('./commands/manifest-remove.ts'));
const manifestRm = entry('images', 'Remove lists', () => import('./commands/manifest-rm.ts'));
const load = entry('images', 'Load images from an archive', () => import('./commands/load.ts'));
const login = entry('images', 'Log in to a registry', () => import('./commands/login.ts'));
const logout = entry('images', 'Forget the login to a registry', () => import('./commands/logout.ts'));
const manifestPush = entry('images', 'Push a list of manifests', () => import('./commands/manifest-push.ts'));
const pull = entry('images', 'Pull images from a registry', () => import('./commands/pull.ts'));
const push = entry('images', 'Push an image to a registry', () => import('./commands/push.ts'));
const save = entry('images', 'Save images to an archive', () => import('./commands/save.ts'));
const search = entry('images', 'Search registries for images', () => import('./commands/search.ts'));
const rmi = entry('images', 'Remove images', () => import('./commands/rmi.ts'));
const tag = entry('images', 'Give an image more names', () => import('./commands/tag.ts'));
const untag = entry('images', 'Take names away from an image', () => import('./commands/untag.ts'));
const imageExists = entry('images', 'Tell by the exit code whether an image exists', () => import('./commands/image-exists.ts'));
const imageDiff = entry('images', "Show what an image's top layer changes", () => import('./commands/image-diff.ts'));
const imageTrust = entry(
  'images',
  'Show or set which images from elsewhere are taken',
  () => import('./commands/image-trust.ts'),
);
const imageSign = entry('images', 'Sign images in registries', () => import('./commands/image-sign.ts'));
const imageScp = entry('images', 'Copy an image to the store of another user', () => import('./commands/image-scp.ts'));
const imageInspect = entry('images', 'Show everything about images', () => import('./commands/image-inspect.ts'));

const events = entry('system', 'Show what happens, as it happens', () => import('./commands/events.ts'));
const info = entry('system', 'Show what the engine is made of', () => import('./commands/info.ts'));
const inspect = entry('containers', 'Show everything about containers or images', () => import('./commands/inspect.ts'));
const version = entry('system', 'Show the version', () => import('./commands/version.ts'));

const completion = entry('system', 'Print the script that makes a shell complete', () => import('./commands/completion.ts'));
const systemCheck = entry('system', 'Look for what is left or damaged in the store', () => import('./commands/system-check.ts'));
const systemDf = entry('system', 'Show what takes room in the store', () => import('./commands/system-df.ts'));
const systemMigrate = entry('system', 'Stop everything before a change of version', () => import('./commands/system-migrate.ts'));
const systemPrune = entry('system', 'Remove what nothing uses', () => import('./commands/system-prune.ts'));
const systemRenumber = entry('system', 'Do nothing: locks have no numbers', () => import('./commands/system-renumber.ts'));
const systemReset = entry('system', 'Remove everything', () => import('./commands/system-reset.ts'));
const unshare = entry('system', 'Refuse: there is nothing to unshare for root', () => import('./commands/unshare.ts'));

const podCreate = entry('pods', 'Make a pod', () => import('./commands/pod-create.ts'));
const podExists = entry('pods', 'Tell by the exit code whether a pod exists', () => import('./commands/pod-exists.ts'));
const podInspect = entry('pods', 'Show everything about pods', () => import('./commands/pod-inspect.ts'));
const podKill = entry('pods', 'Send a signal to the containers of pods', () => import('./commands/pod-kill.ts'));
const podPrune = entry('pods', 'Remove pods that do not run', () => import('./commands/pod-prune.ts'));
const podLogs = entry('pods', 'Show what the containers of a pod wrote', () => import('./commands/pod-logs.ts'));
const podPause = entry('pods', 'Freeze the containers of pods', () => import('./commands/pod-pause.ts'));
const podPs = entry('pods', 'List pods', () => import('./commands/pod-ps.ts'));
const podRestart = entry('pods', 'Restart pods', () => import('./commands/pod-restart.ts'));
const podRm = entry('pods', 'Remove pods', () => import('./commands/pod-rm.ts'));
const podStart = entry('pods', 'Start pods', () => import('./commands/pod-start.ts'));
const podUnpause = entry('pods', 'Let the paused containers of pods go on', () => import('./commands/pod-unpause.ts'));
const podStats = entry('pods', 'Show what the containers of pods use of the machine', () => import('./commands/pod-stats.ts'));
const podTop = entry('pods', 'Show the processes of a pod', () => import('./commands/pod-top.ts'));
const podStop = entry('pods', 'Stop pods', () => import('./commands/pod-stop.ts'));

const networks = {
  connect: entry('networks', 'Have a container join a network', () => import('./commands/network-connect.ts')),
  create: entry('networks', 'Make a network', () => import('./commands/network-create.ts')),
  disconnect: entry('networks', 'Have a container leave a network', () => import('./commands/network-disconnect.ts')),
  exists: entry('networks', 'Tell by the exit code whether a network exists', () => import('./commands/network-exists.ts')),
  inspect: entry('networks', 'Show everything about networks', () => import('./commands/network-inspect.ts')),
  ls: entry('networks', 'List networks', () => import('./commands/network-ls.ts')),
  prune: entry('networks', 'Remove networks that no container uses', () => import('./commands/network-prune.ts')),
  reload: entry('networks', 'Make the network of containers anew', () => import('./commands/network-reload.ts')),
  rm: entry('networks', 'Remove networks', () => import('./commands/network-rm.ts')),
};

const volumes = {
  create: entry('volumes', 'Make a volume', () => import('./commands/volume-create.ts')),
  exists: entry('volumes', 'Tell by the exit code whether a volume exists', () => import('./commands/volume-exists.ts')),
  export: entry('volumes', 'Write the content of a volume as an archive', () => import('./commands/volume-export.ts')),
  import: entry('volumes', 'Unpack an archive into a volume', () => import('./commands/volume-import.ts')),
  inspect: entry('volumes', 'Show everything about volumes', () => import('./commands/volume-inspect.ts')),
  ls: entry('volumes', 'List volumes', () => import('./commands/volume-ls.ts')),
  mount: entry('volumes', 'Mount a volume on the host', () => import('./commands/volume-mount.ts')),
  prune: entry('volumes', 'Remove volumes that no container uses', () => import('./commands/volume-prune.ts')),
  reload: entry('volumes', 'Look whether the drivers of all volumes are there', () => import('./commands/volume-reload.ts')),
  rm: entry('volumes', 'Remove volumes', () => import('./commands/volume-rm.ts')),
  unmount: entry('volumes', 'Unmount a volume', () => import('./commands/volume-unmount.ts')),
};

const secrets = {
  create: entry('volumes', 'Keep a secret', () => import('./commands/secret-create.ts')),
  inspect: entry('volumes', 'Show what is known of secrets', () => import('./commands/secret-inspect.ts')),
  ls: entry('volumes', 'List secrets', () => import('./commands/secret-ls.ts')),
  rm: entry('volumes', 'Remove secrets', () => import('./commands/secret-rm.ts')),
};

const containerCheckpoint = entry(
  'containers',
  'Write the processes of containers to files and end them',
  () => import('./commands/container-checkpoint.ts'),
);
const containerRestore = entry(
  'containers',
  'Bring containers back from checkpoints',
  () => import('./commands/container-restore.ts'),
);
const containerClone = entry(
  'containers',
  'Make a container as another one was made',
  () => import('./commands/container-clone.ts'),
);
const containerRunlabel = entry('containers', 'Run the command of a label', () => import('./commands/container-runlabel.ts'));
const podClone = entry('pods', 'Make a pod as another one was made', () => import('./commands/pod-clone.ts'));

const kube = {
  down: entry('pods', 'Take down what Kubernetes YAML describes', () => import('./commands/kube-down.ts')),
  generate: entry(
    'pods',
    'Describe containers, pods and volumes as Kubernetes YAML',
    () => import('./commands/kube-generate.ts'),
  ),
  play: entry('pods', 'Make what Kubernetes YAML describes', () => import('./commands/kube-play.ts')),
};
const generateSpec = entry(
  'pods',
  "Describe a container or pod for podman's REST API",
  () => import('./commands/generate-spec.ts'),
);
const generateSystemd = entry('pods', 'Write units of systemd', () => import('./commands/generate-systemd.ts'));

/** Commands by their name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  ...{ cp, diff, export: exportTree, mount, rename, umount: unmount, unmount },
  ...{ attach, create, exec, init: containerInit, inspect, kill, logs, pause, port, ps },
  ...{ restart, rm, run, start, stats, stop, top, unpause, update, wait, images },
  ...{ build, load, rmi, tag, untag, commit, history, import: importImage },
  ...{ login, logout, pull, push, save, search },
  ...{ completion, events, info, unshare, version },
};

/** Commands by the name of their family and their name in it. */
export const families: Readonly<Record<string, CommandFamily>> = {
  container: {
    summary: 'Work with containers',
    group: 'containers',
    commands: {
      ...{
        attach,
        checkpoint: containerCheckpoint,
        clone: containerClone,
        cleanup: containerCleanup,
        commit,
        create,
        exec,
        exists: containerExists,
        init: containerInit,
        inspect: containerInspect,
        kill,
        prune: containerPrune,
        runlabel: containerRunlabel,
      },
      ...{ cp, diff: containerDiff, export: exportTree, mount, rename, restore: containerRestore, umount: unmount, unmount },
      ...{ list: ps, logs, ls: ps, pause, port, ps, restart, rm, run, start, stats, stop, top, unpause, update, wait },
    },
  },
  healthcheck: { summary: 'Manage health checks on containers', group: 'containers', commands: { run: healthcheckRun } },
  generate: {
    summary: 'Describe what is there for others',
    group: 'pods',
    commands: { kube: kube.generate, spec: generateSpec, systemd: generateSystemd },
  },
  image: {
    summary: 'Work with images',
    group: 'images',
    commands: {
      ...{
        build,
        diff: imageDiff,
        exists: imageExists,
        history,
        import: importImage,
        inspect: imageInspect,
        list: images,
        load,
        ls: images,
      },
      ...{ mount: imageMount, prune: imagePrune, pull, push, rm: rmi, save, scp: imageScp, search, sign: imageSign },
      ...{ tag, tree: imageTree, trust: imageTrust },
      ...{ umount: imageUnmount, unmount: imageUnmount, untag },
    },
  },
  kube: { summary: 'Work with Kubernetes YAML', group: 'pods', commands: kube },
  manifest: {
    summary: 'Work with lists of manifests',
    group: 'images',
    commands: {
      ...{ add: manifestAdd, annotate: manifestAnnotate, create: manifestCreate, exists: manifestExists },
      ...{ inspect: manifestInspect, push: manifestPush, remove: manifestRemove, rm: manifestRm },
    },
  },
  play: { summary: 'Make what a file describes', group: 'pods', commands: { kube: kube.play } },
  pod: {
    summary: 'Work with pods',
    group: 'pods',
    commands: {
      ...{ clone: podClone, create: podCreate, exists: podExists, inspect: podInspect, kill: podKill, prune: podPrune },
      ...{ list: podPs, logs: podLogs, ls: podPs, pause: podPause, ps: podPs, restart: podRestart, rm: podRm },
      ...{ start: podStart, stats: podStats, stop: podStop, top: podTop, unpause: podUnpause },
    },
  },
  secret: {
    summary: 'Work with secrets',
    group: 'volumes',
    commands: { ...secrets, list: secrets.ls, remove: secrets.rm },
  },
  network: {
    summary: 'Work with networks',
    group: 'networks',
    commands: { ...networks, list: networks.ls, remove: networks.rm },
  },
  volume: {
    summary: 'Work with volumes',
    group: 'volumes',
    commands: { ...volumes, list: volumes.ls, remove: volumes.rm },
  },
  system: {
    summary: 'Look after the engine and its store',
    group: 'system',
    commands: {
      ...{ check: systemCheck, df: systemDf, events, info, migrate: systemMigrate, prune: systemPrune },
      ...{ renumber: systemRenumber, reset: systemReset },
    },
  },
};
