import type { MonitorCreateRequest, MonitorExecRequest } from '@tspod/core';
import { describe, expect, it } from 'vitest';
import { createArguments, execArguments } from './conmon-arguments.ts';

const request: MonitorCreateRequest = {
  paths: { id: 'abc', bundleDir: '/bundle', runDir: '/run', exitDir: '/exits' },
  name: 'somebody',
  runtime: { executable: '/usr/bin/crun', globalArguments: ['--log-format=json', '--log=/run/oci-log'] },
  terminal: false,
  stdin: false,
  log: { driver: 'k8s-file', path: '/bundle/ctr.log' },
  exitCommand: { executable: '/usr/bin/node', arguments: ['exit.js', '', '--id', 'abc'] },
  systemdCgroup: false,
  environment: {},
};

/** Values that follow an option. */
function valuesOf(argv: readonly string[], option: string): string[] {
  return argv.flatMap((argument, index) => (argument === option ? [argv[index + 1] ?? ''] : []));
}

describe('for a container', () => {
  const plain = createArguments(request, 'warning');

  it('has the places, the runtime and its arguments, and the exit command with its empty ones', () => {
    expect(plain.slice(0, 15)).toEqual([
      '--api-version',
      '1',
      '-c',
      'abc',
      '-u',
      'abc',
      '-r',
      '/usr/bin/crun',
      '-b',
      '/bundle',
      '-p',
      '/run/pidfile',
      '-n',
      'somebody',
      '--exit-dir',
    ]);
    expect(valuesOf(plain, '--exit-dir')).toEqual(['/exits']);
    expect(valuesOf(plain, '--persist-dir')).toEqual(['/run/persist']);
    expect(valuesOf(plain, '--conmon-pidfile')).toEqual(['/run/conmon.pid']);
    expect(valuesOf(plain, '--runtime-arg')).toEqual(['--log-format=json', '--log=/run/oci-log']);
    expect(valuesOf(plain, '--exit-command')).toEqual(['/usr/bin/node']);
    expect(valuesOf(plain, '--exit-command-arg')).toEqual(['exit.js', '', '--id', 'abc']);
    for (const absent of ['-s', '-t', '-i', '-e', '--no-pivot', '--runtime-opt', '--log-size-max', '--log-tag'])
      expect(plain).not.toContain(absent);
  });

  it('asks for a terminal or an input, never both', () => {
    const both = createArguments({ ...request, terminal: true, stdin: true }, 'warning');
    expect([both.includes('-t'), both.includes('-i')]).toEqual([true, false]);
    expect(createArguments({ ...request, stdin: true }, 'warning')).toContain('-i');
  });

  it('hands a checkpoint on to the runtime', () => {
    expect(plain).not.toContain('--restore');
    const restore = { imagePath: '/bundle/checkpoint', tcpEstablished: true, fileLocks: true };
    const argv = createArguments({ ...request, inheritedFds: [7], restore }, 'warning');
    expect(valuesOf(argv, '--restore')).toEqual(['/bundle/checkpoint']);
    expect(valuesOf(argv, '--runtime-opt')).toEqual(['--preserve-fds', '1', '--tcp-established', '--file-locks']);
  });

  it('keeps older logs where it can', () => {
    const log = { ...request.log, sizeMax: 1000, kept: 2 };
    expect(createArguments({ ...request, log }, 'warning')).not.toContain('--log-rotate');
    const argv = createArguments({ ...request, log }, 'warning', { keepsLogs: true });
    expect(argv).toContain('--log-rotate');
    expect(valuesOf(argv, '--log-max-files')).toEqual(['2']);
  });

  it('tags only the log that takes a tag', () => {
    const logOf = (log: Partial<MonitorCreateRequest['log']>) => {
      const argv = createArguments({ ...request, log: { ...request.log, ...log } }, 'warning');
      return ['-l', '--log-size-max', '--log-tag'].map((option) => valuesOf(argv, option));
    };
    expect(logOf({ tag: 'x', sizeMax: 5 })).toEqual([['k8s-file:/bundle/ctr.log'], ['5'], []]);
    expect(logOf({ driver: 'journald', tag: 'x' })).toEqual([['journald'], [], ['x']]);
    expect(logOf({ driver: 'passthrough' })).toEqual([['passthrough'], [], []]);
  });

  it('passes on what is asked for', () => {
    const argv = createArguments(
      {
        ...request,
        systemdCgroup: true,
        noPivot: true,
        inheritedFds: [7, 9],
        keptFds: [8],
        timeLimit: 3,
        notifySocket: '@manager',
      },
      'debug',
    );
    expect(argv).toEqual(expect.arrayContaining(['-s', '--no-pivot']));
    expect(valuesOf(argv, '--runtime-opt')).toEqual(['--preserve-fds', '2']);
    expect(valuesOf(argv, '--log-level')).toEqual(['debug']);
    expect(valuesOf(argv, '-T')).toEqual(['3']);
    expect(argv).toContain('--sdnotify-socket=@manager');
  });
});

describe('for an exec session', () => {
  const { log: _log, noPivot: _noPivot, ...common } = request;
  const exec: MonitorExecRequest = {
    ...common,
    paths: { id: 'abc', sessionId: 'def', bundleDir: '/session', runDir: '/session', exitDir: '/session/exit' },
    processPath: '/session/process.json',
    terminal: true,
    stdin: true,
  };

  it('has the session beside the container, no log, and waits for the client', () => {
    const argv = execArguments(exec, 'warning');
    expect(valuesOf(argv, '-c')).toEqual(['abc']);
    expect(valuesOf(argv, '-u')).toEqual(['def']);
    expect(valuesOf(argv, '-l')).toEqual(['none']);
    expect(valuesOf(argv, '--exec-process-spec')).toEqual(['/session/process.json']);
    expect(argv).toEqual(expect.arrayContaining(['-t', '-i', '-e', '--exec-attach', '--full-attach']));
    expect(argv).not.toContain('--persist-dir');
  });
});
