import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostFacts } from '@tspod/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOciCli } from './oci-cli.ts';
import type { OciCliSettings } from './settings.ts';
import type { OciCliTraits } from './traits.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tspod-oci-cli-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const traits: OciCliTraits = {
  capabilities: { killsPaused: false, noCgroups: false, checkpoint: false, systemdCgroups: false },
  unknownContainer: [/^never heard of it$/],
  refusesHybridControllers: true,
};

let scripts = 0;

/** A runtime that is a shell script. */
function fake(script: string, settings: Partial<OciCliSettings> = {}, hybridControllers: readonly string[] = []) {
  const path = join(directory, `runtime-${++scripts}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const host = { facts: async () => ({ hybridControllers }) as unknown as HostFacts };
  const environment = { PATH: '/bin:/usr/bin', XDG_RUNTIME_DIR: '/run/here', SECRET: 'x', HOME: undefined };
  return createOciCli({ name: 'fake', path, ...settings }, traits, { host, environment });
}

describe('the command line', () => {
  it('has the settings before the verb, for the monitor as for itself', async () => {
    const record = join(directory, 'arguments');
    const settings = { stateRoot: '/state', systemdCgroup: true, extraArguments: ['--debug', '--x=y'] };
    const runtime = fake(`echo "$*" >> ${record}`, settings);
    await runtime.start('abc');
    await runtime.kill('abc', 15);
    await runtime.kill('abc', 9, { all: true });
    await runtime.delete('abc');
    await runtime.pause('abc');
    await runtime.resume('abc');
    const prefix = '--root=/state --systemd-cgroup --debug --x=y';
    const verbs = ['start abc', 'kill abc 15', 'kill --all abc 9', 'delete --force abc', 'pause abc', 'resume abc'];
    expect(readFileSync(record, 'utf8')).toBe(verbs.map((verb) => `${prefix} ${verb}\n`).join(''));
    expect(runtime.commandLine({ logPath: '/log' })).toEqual({
      executable: runtime.path,
      globalArguments: ['--log-format=json', '--log=/log', ...prefix.split(' ')],
      logPath: '/log',
    });
  });

  it('is run with a minimal environment, away from the working directory', async () => {
    const record = join(directory, 'environment');
    await fake(`(pwd; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort) > ${record}`).start('abc');
    expect(readFileSync(record, 'utf8')).toBe('/\nPATH=/bin:/usr/bin\nXDG_RUNTIME_DIR=/run/here\n');
  });
});

describe('a failure', () => {
  it('has the words, the arguments, the exit code and the end of stderr', async () => {
    const runtime = fake('echo noise >&2; echo \'{"level":"error","msg":"it broke","time":"now"}\' >&2; exit 42');
    await expect(runtime.start('abc')).rejects.toMatchObject({
      kind: 'runtime-failed',
      code: 'oci-start-failed',
      message: 'it broke',
      argv: [runtime.path, 'start', 'abc'],
      exitCode: 42,
      stderr: expect.stringContaining('noise'),
    });
  });

  it('keeps the last words of a runtime that says much', async () => {
    const runtime = fake(
      'head -c 3000000 /dev/zero | tr "\\0" x >&2; echo >&2; echo \'time="t" level=error msg="the end"\' >&2; exit 1',
    );
    const error = await runtime.pause('abc').catch((reason) => reason);
    expect(error.message).toBe('the end');
    expect(error.stderr.length).toBeLessThan(100_000);
  });

  it('is told when there are no words', async () => {
    await expect(fake('exit 3').resume('abc')).rejects.toThrow(
      'fake resume of container abc ended with exit code 3 and without a message',
    );
    const killed = fake('kill -KILL $$');
    await expect(killed.resume('abc')).rejects.toMatchObject({
      message: 'fake resume of container abc was ended by SIGKILL and without a message',
      exitCode: undefined,
    });
  });

  it('is a missing container when the words say so', async () => {
    const runtime = fake('echo never heard of it >&2; exit 1');
    await expect(runtime.state('abc')).rejects.toMatchObject({ kind: 'not-found', code: 'no-such-container' });
    await expect(runtime.delete('abc')).resolves.toBeUndefined();
    const overtaken = fake('case $* in *delete*) echo half gone >&2 ;; *) echo never heard of it >&2 ;; esac; exit 1');
    await expect(overtaken.delete('abc')).resolves.toBeUndefined();
    await expect(fake('echo busy >&2; exit 1').delete('abc')).rejects.toMatchObject({ code: 'oci-delete-failed' });
  });

  it('is none when the process ended while it was to be killed for the deletion', async () => {
    const state = `echo '{"ociVersion":"1","id":"abc","status":"stopped","pid":0,"bundle":"/b"}'`;
    const done = join(directory, 'tried');
    const first = `if [ -e ${done} ]; then exit 0; fi; touch ${done}; echo open pidfd: Invalid argument >&2; exit 1`;
    await expect(fake(`case $* in *delete*) ${first} ;; *) ${state} ;; esac`).delete('abc')).resolves.toBeUndefined();
    const never = fake(`case $* in *delete*) echo busy >&2; exit 1 ;; *) ${state} ;; esac`);
    await expect(never.delete('abc')).rejects.toThrow('busy');
  });

  it('is damage, with the path, when its record of the container can not be read', async () => {
    const stateRoot = join(directory, 'records');
    mkdirSync(join(stateRoot, 'abc'), { recursive: true });
    const path = join(stateRoot, 'abc', 'record.json');
    const recording = { ...traits, record: { stateRoot: '/nowhere', file: 'record.json', keys: ['pid'] } };
    const failing = createOciCli({ name: 'fake', path: fake('echo no good >&2; exit 1').path, stateRoot }, recording, {
      host: { facts: async () => Promise.reject() },
    });
    for (const text of ['', '{"pid": 1', '[]', 'null', '{"id": 1}']) {
      writeFileSync(path, text);
      for (const verb of ['state', 'pause', 'delete'] as const)
        await expect(failing[verb]('abc')).rejects.toMatchObject({ kind: 'corrupt', code: 'damaged-runtime-state', path });
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    writeFileSync(path, '{"pid": 1}');
    await expect(failing.delete('abc', { discardDamaged: true })).rejects.toMatchObject({ code: 'oci-delete-failed' });
    writeFileSync(path, '');
    await failing.delete('abc', { discardDamaged: true });
    expect(existsSync(join(stateRoot, 'abc'))).toBe(false);
  });

  it('is an unavailable runtime when there is none', async () => {
    const runtime = createOciCli({ name: 'fake', path: '/no/such' }, traits, { host: { facts: async () => Promise.reject() } });
    await expect(runtime.start('abc')).rejects.toMatchObject({ kind: 'unavailable', code: 'cannot-run' });
    expect(await runtime.probe()).toEqual({ usable: false, reason: '/no/such does not exist' });
  });
});

describe('a process that the runtime leaves behind with its pipes', () => {
  it('does not hold up a success', async () => {
    const begun = Date.now();
    await fake('sleep 3 &').start('abc');
    expect(Date.now() - begun).toBeLessThan(900);
  });

  it('holds up a failure a little, and takes away none of its words', async () => {
    const begun = Date.now();
    await expect(fake('sleep 5 & echo broken >&2; exit 1').start('abc')).rejects.toThrow('broken');
    expect(Date.now() - begun).toBeLessThan(3_000);
  });
});

describe('update', () => {
  const content = (record: string) => `case $* in *update*) shift 2; cp "$1" ${record}; echo "$*" >> ${record} ;; esac`;

  it('hands the resources over in a file that is gone afterwards', async () => {
    const record = join(directory, 'resources');
    await fake(content(record)).update('abc', { memory: { limit: 5, swap: -1 } });
    const [, document = '', path = ''] = /^(\{.*\})(\S+) abc\n$/.exec(readFileSync(record, 'utf8')) ?? [];
    expect(JSON.parse(document)).toEqual({ memory: { limit: 5, swap: -1 } });
    expect(existsSync(path)).toBe(false);
  });
});

describe('state', () => {
  it('takes what it knows out of the document', async () => {
    const document = { ociVersion: '1', id: 'abc', status: 'running', pid: 12, bundle: '/b', rootfs: '/r', new: [1] };
    expect(await fake(`echo '${JSON.stringify(document)}'`).state('abc')).toEqual({
      id: 'abc',
      status: 'running',
      pid: 12,
      bundle: '/b',
    });
    const stopped = { id: 'abc', status: 'stopped', bundle: '/b' };
    expect(await fake(`echo '${JSON.stringify(stopped)}'`).state('abc')).toEqual({ ...stopped, pid: 0 });
  });

  it.each(['', 'no json', '[]', 'null', '{"id":"abc","status":"dancing","pid":1,"bundle":"/b"}'])('refuses %j', async (text) => {
    await expect(fake(`echo '${text}'`).state('abc')).rejects.toMatchObject({ kind: 'runtime-failed', code: 'oci-state-failed' });
  });
});

describe('checkpoints', () => {
  const checkpointing = { ...traits, capabilities: { ...traits.capabilities, checkpoint: true } };

  /** A runtime that writes down how it was called, and what criu does; undefined: there is none. */
  function fakes(criu: string | undefined, verb = 'exit 0') {
    const number = ++scripts;
    const record = join(directory, `record-${number}`);
    const path = join(directory, `runtime-${number}`);
    const bin = join(directory, `bin-${number}`);
    mkdirSync(bin);
    writeFileSync(path, `#!/bin/sh\necho "$*" >> ${record}\n${verb}\n`, { mode: 0o755 });
    if (criu !== undefined) writeFileSync(join(bin, 'criu'), `#!/bin/sh\n${criu}\n`, { mode: 0o755 });
    const host = { facts: async () => ({ hybridControllers: [] }) as unknown as HostFacts };
    const runtime = createOciCli({ name: 'fake', path, stateRoot: '/state' }, checkpointing, {
      host,
      environment: { PATH: bin },
    });
    return { runtime, calls: () => readFileSync(record, 'utf8').split('\n').slice(0, -1), criu: join(bin, 'criu') };
  }

  const works = 'case $1 in --version) echo "Version: 3.17.1" ;; *) exit 0 ;; esac';

  it('are not there where the traits say so', () => {
    expect(fake('').checkpoint).toBeUndefined();
    expect(fake('').checkpointUsability).toBeUndefined();
  });

  it('have the options before the id', async () => {
    const { runtime, calls } = fakes(works);
    await runtime.checkpoint?.('abc', { imagePath: '/b/checkpoint', workPath: '/b' });
    await runtime.checkpoint?.('abc', {
      ...{ imagePath: '/b/checkpoint', workPath: '/b', parentPath: '../pre-checkpoint' },
      ...{ leaveRunning: true, tcpEstablished: true, fileLocks: true, preDump: true },
    });
    const places = '--image-path /b/checkpoint --work-path /b';
    expect(calls()).toEqual([
      `--root=/state checkpoint ${places} abc`,
      `--root=/state checkpoint ${places} --leave-running --tcp-established --file-locks --pre-dump --parent-path ../pre-checkpoint abc`,
    ]);
  });

  it('work with a criu that works', async () => {
    const { runtime, calls } = fakes(works);
    expect(await runtime.checkpointUsability?.()).toEqual({ usable: true });
    expect(calls()).toEqual(['checkpoint --help']);
  });

  it('say what is missing', async () => {
    const reason = async (criu: string | undefined, verb?: string, needs?: { memoryTracking: boolean }) => {
      const usability = await fakes(criu, verb).runtime.checkpointUsability?.(needs);
      return usability?.usable === false ? usability.reason : undefined;
    };
    expect(await reason(undefined)).toMatch(/^checkpoint\/restore requires at least CRIU 31100: .*apt-get install criu/);
    expect(await reason('echo "Version: 3.10"')).toMatch(/^checkpoint\/restore requires at least CRIU 31100: .*Version: 3\.10$/);
    expect(await reason(works, 'exit 1')).toBe('configured runtime does not support checkpoint/restore');
    const broken =
      'case $1 in --version) echo "Version: 4.0" ;; *) echo Warn >&2; echo "Error (x.c:1): no vdso" >&2; echo Error >&2; exit 1 ;; esac';
    expect(await reason(broken)).toMatch(/^criu does not work on this machine: .*criu check` says: Error \(x\.c:1\): no vdso$/);
    const noTracking = 'case $* in --version) echo "Version: 4.0" ;; *mem_dirty_track) exit 1 ;; esac';
    expect(await reason(noTracking)).toBeUndefined();
    expect(await reason(noTracking, undefined, { memoryTracking: true })).toMatch(/does not support memory tracking$/);
  });
});

describe('probe', () => {
  it('says what to do about a hybrid cgroup layout', async () => {
    const usability = await fake('', {}, ['hugetlb']).probe();
    expect(usability).toEqual({
      usable: false,
      reason: expect.stringMatching(
        /hugetlb.*scripts\/setup.*mkdir -p \/sys\/fs\/cgroup\/hugetlb && mount -t cgroup -o hugetlb cgroup \/sys\/fs\/cgroup\/hugetlb$/,
      ),
    });
    expect(await fake('').probe()).toEqual({ usable: true });
  });
});
