import type { FlagTable } from './grammar/flags.ts';

/** Flags about a process: `run`, `create` and `exec`. */
export const processFlags = {
  env: { kind: 'stringArray', shorthand: 'e', help: 'Set environment variables in the container' },
  'env-file': { kind: 'strings', help: 'Read in a file of environment variables' },
  interactive: { kind: 'bool', shorthand: 'i', help: 'Keep STDIN open even if not attached' },
  privileged: { kind: 'bool', help: 'Give extended privileges to the container' },
  tty: { kind: 'bool', shorthand: 't', help: 'Allocate a pseudo-TTY for the container' },
  user: { kind: 'string', shorthand: 'u', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  workdir: { kind: 'string', shorthand: 'w', help: 'Working directory inside the container' },
} as const satisfies FlagTable;

/** Flags about a new container: `run` and `create`. */
export const containerFlags = {
  ...processFlags,
  annotation: { kind: 'strings', help: 'Add annotations to container (key=value)' },
  'cap-add': { kind: 'strings', help: 'Add capabilities to the container' },
  'cap-drop': { kind: 'strings', help: 'Drop capabilities from the container' },
  'cgroup-parent': { kind: 'string', help: 'Parent cgroup for the container' },
  cidfile: { kind: 'string', help: 'Write the container ID to the file' },
  entrypoint: { kind: 'string', help: 'Overwrite the entrypoint of the image; a JSON list for several words, empty for none' },
  hostname: { kind: 'string', shorthand: 'h', help: 'Set container hostname' },
  init: { kind: 'bool', help: 'Run an init inside the container that forwards signals and reaps processes' },
  label: { kind: 'stringArray', shorthand: 'l', help: 'Set metadata on container' },
  'label-file': { kind: 'strings', help: 'Read in a line delimited file of labels' },
  'log-driver': { kind: 'string', help: 'Logging driver for the container (k8s-file, json-file, journald, none, passthrough)' },
  'log-opt': { kind: 'strings', help: 'Logging driver options (path=FILE, tag=TEXT)' },
  name: { kind: 'string', help: 'Assign a name to the container' },
  network: { kind: 'string', aliases: ['net'], help: 'Connect the container to a network: none or host' },
  pidfile: { kind: 'string', help: 'Write the container process ID to the file' },
  publish: { kind: 'strings', shorthand: 'p', hidden: true, help: 'Publish ports; not available in this version' },
  'read-only': { kind: 'bool', help: "Make the container's root filesystem read-only" },
  rm: { kind: 'bool', help: 'Remove container after exit' },
  rootfs: {
    kind: 'bool',
    help: 'The first argument is not an image but a directory; with :O behind it, changes to it are thrown away',
  },
  'stop-signal': { kind: 'string', help: 'Signal to stop a container' },
  'stop-timeout': { kind: 'uint', help: 'Seconds to wait for the container to stop before it is killed' },
  tmpfs: { kind: 'stringArray', help: 'Mount a temporary filesystem (tmpfs) into the container' },
  volume: { kind: 'stringArray', shorthand: 'v', help: 'Bind mount a directory or file of the host into the container' },
} as const satisfies FlagTable;

/** Flags about what is shown while a process runs. */
export const detachKeysFlag = {
  kind: 'string',
  metavar: 'KEYS',
  help: 'Override the key sequence for detaching: single characters or ctrl-X, with commas between (default "ctrl-p,ctrl-q")',
} as const satisfies FlagTable[string];
