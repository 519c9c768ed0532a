/**
 * Given to Node with `--import`: counts the steps of a program that outlive it (changes of files, mounts, processes that it starts and
 * what it tells them, commits of databases) and makes one of them go wrong as the plan in the environment says. The program knows
 * nothing of it.
 */
import type { FaultPlan, FaultReport } from './plan.ts';

type Call = (...values: unknown[]) => unknown;

const plan: FaultPlan | undefined = JSON.parse(process.env.TSPOD_FAULT ?? 'null') ?? undefined;
if (plan !== undefined) install(plan);

function install({ at, fault, below, report }: FaultPlan): void {
  const fs = process.getBuiltinModule('node:fs');
  const { writeFileSync, lstatSync, readlinkSync, statSync } = fs;
  const { exec } = process.getBuiltinModule('node:sqlite').DatabaseSync.prototype;
  let steps = 0;
  let hit: string | undefined;
  const tell = () => writeFileSync(report, JSON.stringify({ steps, hit } satisfies FaultReport));
  process.on('exit', tell);

  const errno = { ENOSPC: 28, EROFS: 30, EIO: 5 } as const;
  const reasons = { ENOSPC: 'no space left on device', EROFS: 'read-only file system', EIO: 'i/o error' } as const;
  type Code = keyof typeof errno;
  const synchronises = (call: string) => call === 'fsync' || call === 'fdatasync';

  /** Answers the failure of this step, or undefined when it is to be taken. */
  function step(call: string, path: string | undefined, needsSpace: boolean): Code | undefined {
    if (synchronises(call) ? fault !== 'EIO' && fault !== 'fsync' : fault === 'fsync') return undefined;
    if (fault !== 'SIGKILL') {
      if (below === undefined || path === undefined || !path.startsWith(below)) return undefined;
      if (fault === 'ENOSPC' && !needsSpace) return undefined;
    }
    steps += 1;
    if (fault === 'SIGKILL' || fault === 'fsync' ? steps !== at : steps < at) return undefined;
    hit ??= `${call} ${path ?? ''}`;
    tell();
    if (fault !== 'SIGKILL') return fault === 'fsync' ? 'EIO' : fault;
    process.kill(process.pid, 'SIGKILL');
    for (;;); // the signal is on its way
  }

  const isThere = (path: unknown) => lstatSync(path as string, { throwIfNoEntry: false }) !== undefined;

  /** The subject of a call, or undefined when it changes nothing. */
  type Subject = (values: readonly unknown[]) => string | undefined;
  const first: Subject = ([path]) => String(path);
  const second: Subject = ([, path]) => String(path);
  const present: Subject = ([path]) => (isThere(path) ? String(path) : undefined);
  const absent: Subject = ([path]) => (isThere(path) ? undefined : String(path));
  const descriptor: Subject = ([fd]) => {
    if (typeof fd !== 'number') return String(fd);
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return fd > 2 && target.startsWith('/') && !target.startsWith('/dev/') ? target : undefined;
  };
  const opened: Subject = ([path, flags]) => {
    const creates = typeof flags === 'number' ? (flags & fs.constants.O_CREAT) !== 0 : /[wa]/.test(String(flags ?? 'r'));
    const truncates = typeof flags === 'number' ? (flags & fs.constants.O_TRUNC) !== 0 : String(flags).startsWith('w');
    if (!creates) return undefined;
    const size = statSync(path as string, { throwIfNoEntry: false })?.size;
    return size === undefined || (truncates && size > 0) ? String(path) : undefined;
  };
  const calls: Readonly<Record<string, readonly [subject: Subject, needsSpace: boolean]>> = {
    mkdir: [absent, true],
    mkdtemp: [first, true],
    writeFile: [descriptor, true],
    appendFile: [descriptor, true],
    copyFile: [second, true],
    open: [opened, true],
    write: [descriptor, true],
    symlink: [second, true],
    link: [second, true],
    rename: [second, true],
    truncate: [first, false],
    chmod: [first, false],
    chown: [first, false],
    utimes: [first, false],
    unlink: [present, false],
    rmdir: [present, false],
    rm: [present, false],
    fsync: [descriptor, false],
    fdatasync: [descriptor, false],
  };

  function failure(code: Code, syscall: string, path: string): Error {
    const message = `${code}: ${reasons[code]}, ${syscall} '${path}'`;
    return Object.assign(new Error(message), { code, errno: -errno[code], syscall, path });
  }

  for (const [name, [subject, needsSpace]] of Object.entries(calls)) {
    const outcome = (values: readonly unknown[]) => {
      const path = subject(values);
      const code = path === undefined ? undefined : step(name, path, needsSpace);
      return code === undefined || path === undefined ? undefined : failure(code, name, path);
    };
    const replace = (owner: object, key: string, refuse: (error: Error, values: readonly unknown[]) => unknown) => {
      const original = Reflect.get(owner, key) as Call | undefined;
      if (original === undefined) return;
      Reflect.set(owner, key, (...values: unknown[]) => {
        const error = outcome(values);
        return error === undefined ? original.apply(owner, values) : refuse(error, values);
      });
    };
    replace(fs, `${name}Sync`, (error) => {
      throw error;
    });
    replace(fs.promises, name, (error) => Promise.reject(error));
    replace(fs, name, (error, values) => process.nextTick(values.at(-1) as Call, error));
  }

  wrapProcesses();
  wrapDatabases();
  wrapNativeCalls();
  process.getBuiltinModule('node:module').syncBuiltinESMExports();

  /** Before and after a start, because what was started may go on or not; and before each word to it. */
  function wrapProcesses(): void {
    if (fault !== 'SIGKILL') return;
    const children = process.getBuiltinModule('node:child_process');
    for (const name of ['spawn', 'execFile', 'spawnSync', 'execFileSync'] as const) {
      const original = children[name] as Call;
      Reflect.set(
        children,
        name,
        Object.assign((...values: unknown[]) => {
          step(name, String(values[0]), true);
          const result = original(...values);
          step(`after ${name}`, String(values[0]), true);
          return result;
        }, original),
      );
    }
    const { Socket } = process.getBuiltinModule('node:net');
    const { write } = Socket.prototype;
    Socket.prototype.write = function (this: unknown, ...values: unknown[]) {
      step('write', 'a pipe or socket', true);
      return Reflect.apply(write, this, values);
    } as typeof write;
  }

  function wrapDatabases(): void {
    const { DatabaseSync, StatementSync } = process.getBuiltinModule('node:sqlite');
    const paths = new WeakMap<object, string | null>();
    const { prepare } = DatabaseSync.prototype;
    const { run } = StatementSync.prototype;
    const check = (call: string, path: string | null | undefined) => {
      const code = step(call, path ?? undefined, true);
      if (code === undefined) return;
      const failures = {
        ENOSPC: [13, 'database or disk is full'],
        EROFS: [8, 'attempt to write a readonly database'],
        EIO: [10, 'disk I/O error'],
      } as const;
      const [errcode, message] = failures[code];
      throw Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
    };
    DatabaseSync.prototype.prepare = function (this: InstanceType<typeof DatabaseSync>, ...values) {
      const statement = Reflect.apply(prepare, this, values);
      paths.set(statement, this.location());
      return statement;
    };
    DatabaseSync.prototype.exec = function (this: InstanceType<typeof DatabaseSync>, sql) {
      if (!/^\s*(BEGIN|ROLLBACK|PRAGMA (synchronous|user_version$))/.test(sql)) check(sql.trim().slice(0, 40), this.location());
      Reflect.apply(exec, this, [sql]);
    };
    StatementSync.prototype.run = function (this: typeof StatementSync.prototype, ...values: never[]) {
      check(`run ${this.sourceSQL.trim().slice(0, 40)}`, paths.get(this));
      return Reflect.apply(run, this, values);
    } as typeof run;
  }

  /** Through the foreign function interface: mounts and what makes files. */
  function wrapNativeCalls(): void {
    const moveMount = 429;
    const subjects: Readonly<Record<string, (values: readonly unknown[]) => string | undefined>> = {
      mount: ([, target]) => String(target),
      umount2: ([target]) => String(target),
      syscall: ([number]) => (number === moveMount ? 'move_mount' : undefined),
    };
    const { dlopen } = process;
    Reflect.set(process, 'dlopen', (target: { exports: Record<string, Call> }, ...rest: unknown[]) => {
      Reflect.apply(dlopen as Call, process, [target, ...rest]);
      const koffi = target.exports;
      if (koffi.load === undefined || koffi.errno === undefined) return;
      const { load, errno: setErrno } = koffi;
      const wrapped = (name: string, native: Call): Call => {
        const subject = subjects[name];
        if (subject === undefined) return native;
        return (...values) => {
          const path = subject(values);
          const code = path === undefined ? undefined : step(name, path, name !== 'umount2');
          if (code === undefined) return native(...values);
          setErrno(errno[code]);
          return -1;
        };
      };
      target.exports = Object.assign(Object.create(koffi), {
        load: (...values: unknown[]) => {
          const library = load(...values) as { func: Call };
          return { func: (name: string, ...types: unknown[]) => wrapped(name, library.func(name, ...types) as Call) };
        },
      });
    });
  }
}
