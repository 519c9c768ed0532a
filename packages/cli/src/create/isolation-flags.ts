import type { FlagTable } from '../grammar/flags.ts';

/** Flags about what a container, or a pod, gets of the machine and what is kept from it. */
export const commonIsolationFlags = {
  device: {
    kind: 'strings',
    metavar: 'HOST[:CONTAINER][:PERMISSIONS]',
    help: 'Device of the host, or a directory of them, with permissions out of r, w and m; or a CDI name as vendor.com/class=name',
  },
  gidmap: { kind: 'stringArray', metavar: 'CONTAINER:HOST:SIZE', help: 'Groups of a user namespace of its own' },
  'security-opt': {
    kind: 'stringArray',
    help: 'no-new-privileges, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=OPTION or apparmor=PROFILE',
  },
  subgidname: { kind: 'string', metavar: 'USER', help: 'User of /etc/subgid whose groups the user namespace has' },
  subuidname: { kind: 'string', metavar: 'USER', help: 'User of /etc/subuid whose ids the user namespace has' },
  sysctl: { kind: 'strings', metavar: 'KEY=VALUE', help: 'Kernel parameter of a namespace of the container' },
  uidmap: { kind: 'stringArray', metavar: 'CONTAINER:HOST:SIZE', help: 'Users of a user namespace of its own' },
  userns: { kind: 'string', help: 'User namespace: host, auto[:size=N], container:NAME or ns:PATH' },
} as const satisfies FlagTable;

/** Those of `run` and `create`. */
export const isolationFlags = {
  ...commonIsolationFlags,
  chrootdirs: {
    kind: 'strings',
    metavar: 'DIR',
    help: 'Directories that get the /etc/hosts and /etc/resolv.conf of the container, too',
  },
  'conmon-pidfile': { kind: 'string', metavar: 'FILE', help: 'File to write the pid of the monitor to' },
  'disable-content-trust': {
    kind: 'bool',
    help: 'Accepted and without effect: a signature is wanted where policy.json wants one',
  },
  'env-host': { kind: 'bool', default: 'configured', help: 'Pass the environment of this command on' },
  'env-merge': {
    kind: 'stringArray',
    metavar: 'NAME=TEXT',
    help: 'Change a variable of the image; $NAME in the text stands for what it was',
  },
  'group-add': {
    kind: 'strings',
    metavar: 'GROUP',
    help: 'One more group of the process, by name or number; or keep-groups: yours',
  },
  hostuser: { kind: 'strings', metavar: 'USER', help: 'User of the host who gets an entry in the passwd file of the container' },
  'http-proxy': { kind: 'bool', default: 'configured', help: 'Pass proxy variables of this command on; default true' },
  'init-path': { kind: 'string', metavar: 'FILE', help: 'Program of the host that --init uses' },
  'passwd-entry': { kind: 'string', help: 'Entry of the user in the passwd file, in place of the usual one' },
  personality: { kind: 'string', help: 'Execution domain of the process, as LINUX32' },
  'read-only-tmpfs': {
    kind: 'bool',
    default: true,
    help: 'With --read-only: /run, /tmp and /var/tmp can be written to, in memory',
  },
  replace: { kind: 'bool', help: 'Remove the container that has the name, if there is one' },
  'seccomp-policy': { kind: 'string', help: 'Where the profile of system calls comes from: default or image' },
  systemd: { kind: 'string', help: 'Prepare for systemd as the first process: true (when the command is one), false or always' },
  tz: { kind: 'string', metavar: 'ZONE', help: 'Time zone, as Europe/Berlin; local for that of the host' },
  umask: { kind: 'string', metavar: 'MASK', help: 'Mask of permissions for new files, octal; usually 0022' },
  unsetenv: { kind: 'strings', metavar: 'NAME', help: 'Variable of the image that the process does not get' },
  'unsetenv-all': { kind: 'bool', help: 'The process gets no variables of the image' },
} as const satisfies FlagTable;

/** Those of `run` alone. */
export const runOnlyFlags = {
  passwd: { kind: 'bool', default: true, help: 'Give a user without an entry in the passwd file of the container one' },
  rmi: { kind: 'bool', help: 'Remove the image, too, when the container ends; as --rm' },
} as const satisfies FlagTable;
