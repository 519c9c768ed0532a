import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/machine.ts';
import { busybox, busyboxArchive, launcher, Store } from './support/store.ts';
import { Terminal } from './support/terminal.ts';

/** Descriptors whose values don't depend on the moment or on ids of the host. */
const steadyDescriptors = ['user', 'ruser', 'group', 'rgroup', 'groups', 'pid', 'ppid', 'pgid', 'nice', 'tty', 'comm', 'args'];
const privileges = ['capamb', 'capbnd', 'capeff', 'capinh', 'capprm', 'seccomp', 'label', 'hgroup', 'huser', 'state'];

describe.each(['crun', 'runc'] as const)('processes and what they use, %s', (runtime) => {
  let ours: Store;
  let theirs: Store;
  const name = 'watched';
  beforeAll(async () => {
    ours = await Store.create({ runtime });
    theirs = Store.empty({ runtime });
    await theirs.mustPodman('load', '-q', '-i', busyboxArchive());
    const run = ['run', '-d', '--name', name, '--network', 'none', '-m', '64m', '--user', '1000:1000', '--cap-add', 'SYS_PTRACE'];
    const command = [busybox, 'sh', '-c', 'sleep 1000 & wait'];
    await ours.must(...run, ...command);
    await theirs.mustPodman(...run, ...command);
    // the container has started a moment before its command has
    const hasBegun = async (list: Promise<string>) => ((await list).includes('sleep') ? true : undefined);
    await eventually('our command', () => hasBegun(ours.must('top', name, 'comm')));
    await eventually('podman’s command', () => hasBegun(theirs.mustPodman('top', name, 'comm')));
  });
  afterAll(async () => {
    await theirs.podman(['rm', '-f', '-a', '-t', '0']);
    await theirs[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  test.each([
    ['steady descriptors', steadyDescriptors],
    ['privileges', privileges],
    ['codes and lists', ['%a,%c', '%G', '%n', '%r', '%p', '%P', '%g', '%u', '%y', '%U', 'vsz,%z']],
    ['ps of the container', ['-o', 'pid,comm']],
  ])('top shows what podman shows: %s', async (_what, descriptors) => {
    const [mine, podmans] = [await ours.must('top', name, ...descriptors), await theirs.mustPodman('top', name, ...descriptors)];
    // runc's own threads take some of the first pids, now more, now fewer
    const numbered = (text: string) => text.replaceAll(/ *\b([2-9]|1\d)\b/g, ' <pid>');
    expect(numbered(mine)).toBe(numbered(podmans));
  });

  test('top knows the pids of the host, times, and refuses what does not run', async () => {
    const pid = await ours.must('inspect', '-f', '{{.State.Pid}}', name);
    const [, first = ''] = (await ours.must('top', name, 'hpid', 'stime', 'etime', 'time', 'pcpu', 'rss')).split('\n');
    expect(first).toMatch(new RegExp(`^${pid} .* \\+0000 UTC  \\d+(m|\\.\\d|s).*s  .*\\d+\\.\\d{3}  +\\d+$`));
    expect((await ours.must('top', name)).split('\n')[0]).toMatch(/^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND$/);
    await ours.must('create', '--name', 'idle', busybox, 'true');
    for (const [args, message] of [
      [['top', 'idle'], 'top can only be used on running containers'],
      [['top', 'idle', '-ef'], 'top can only be used on running containers'],
      [['top'], 'you must provide the name or id of a running container'],
      [['stats', '--interval', '0', name], 'invalid interval, must be a positive number greater zero'],
      [['stats', '-a', name], '--all, --latest and containers cannot be used together'],
    ] as const) {
      const refusal = await ours.tspod(args);
      expect(refusal).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(message), stdout: '' });
    }
  });

  test('stats shows each look in place of the one before, until it is interrupted', async () => {
    using terminal = new Terminal();
    await terminal.ready();
    const format = 'table {{.Name}} {{.CPUNano}}';
    terminal.enter(`${[launcher, ...ours.flags].join(' ')} stats --interval 1 --format '${format}' ${name}`);
    const first = await terminal.sees(/NAME +CPU NANO\n+watched +\d+/);
    await ours.must('exec', name, 'sh', '-c', 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done');
    const used = /watched +(\d+)/.exec(first)?.[1];
    await terminal.sees(new RegExp(`NAME +CPU NANO\\n+watched +(?!${used}\\b)\\d+`));
    expect(terminal.screen(0).match(/watched +\d/g)).toHaveLength(1);
    terminal.press('C-c');
    await terminal.ready();
  });

  test('stats has podman’s columns, and its figures are those of the cgroup', async () => {
    const [mine, podmans] = [
      await ours.must('stats', '--no-stream', name),
      await theirs.mustPodman('stats', '--no-stream', name),
    ];
    const shape = (text: string) =>
      text
        .replaceAll(/[0-9a-f]{12}/g, '<id>')
        .replaceAll(/\d+(\.\d+)?[kM]?B \//g, '<size> /')
        .replaceAll(/[\d.]+(ms|s|%)/g, '<n>')
        .replaceAll(/ +/g, ' ')
        // what the file system wrote back meanwhile is counted for one or the other
        .replace(/\/ [\d.]+[kM]?B (\d+ <n>)/, '/ <size> $1');
    expect(shape(mine)).toBe(shape(podmans));
    const [document] = JSON.parse(await ours.must('stats', '--no-stream', '--format', 'json', name));
    const [theirDocument] = JSON.parse(await theirs.mustPodman('stats', '--no-stream', '--format', 'json', name));
    expect(Object.keys(document)).toEqual(Object.keys(theirDocument));
    expect(document).toMatchObject({ name, pids: '2', net_io: '0B / 0B', mem_usage: expect.stringMatching(/ \/ 67\.11MB$/) });

    const template = '{{.ContainerID}} {{.CPUNano}} {{.MemLimit}} {{.PIDs}}';
    const [id, cpu, limit, pids] = (await ours.must('stats', '--no-stream', '--format', template, name)).split(' ');
    expect([limit, pids]).toEqual([String(64 * 2 ** 20), '2']);
    const path = await ours.must('inspect', '-f', '{{.State.CgroupPath}}', name);
    expect(path).toContain(id);
    const accounted = Number(readFileSync(join('/sys/fs/cgroup/cpuacct', path, 'cpuacct.usage'), 'utf8'));
    expect(Number(cpu)).toBeGreaterThan(0);
    expect(Number(cpu)).toBeLessThanOrEqual(accounted);
  });

  test('stats without names shows those that run, with -a all; a stream goes on until it is interrupted', async () => {
    const names = async (...flags: readonly string[]) =>
      (await ours.must('stats', '--no-stream', '--format', '{{.Name}}', ...flags)).split('\n');
    expect(await names()).toEqual([name]);
    expect(await names('-a')).toEqual([name, 'idle']);
    expect(await names('-l')).toEqual(['idle']);

    const child = spawn(launcher, ours.argv(['stats', '-i', '1', '--format', '{{.Name}} {{.CPUPerc}}']), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    const ended = once(child, 'exit');
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.split('\n').length > 2) break;
    }
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    // no terminal, no escape sequences
    expect(text).toMatch(/^(watched \d+\.\d\d%\n){2,}$/);
  });

  test('of a pod', async () => {
    await ours.must('pod', 'create', '--name', 'pod', '--share', '+pid');
    await ours.must('run', '-d', '--pod', 'pod', '--name', 'member', busybox, 'sleep', '1000');
    const rows = JSON.parse(await ours.must('pod', 'stats', '--no-stream', '--format', 'json', 'pod'));
    expect(rows.map(({ Name }: { Name: string }) => Name)).toContain('member');
    const processes = (await ours.must('pod', 'top', 'pod', 'pid', 'comm')).split('\n');
    expect(processes[0]).toMatch(/^PID +COMMAND$/);
    // they share one process namespace, and are told once
    expect(processes.filter((line) => line.includes('sleep'))).toHaveLength(1);
    expect(await ours.tspod(['pod', 'top', 'pod', 'xx'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining("'xx': unknown descriptor"),
    });
    await ours.must('pod', 'rm', '-f', '-t', '0', 'pod');
  });
});
