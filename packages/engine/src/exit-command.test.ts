import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCommandFor } from './exit-command.ts';

describe('the exit command', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tspod-exit-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const place = (name: string) => join(directory, name);
  const target = () => ({ containerId: 'c1', sessionId: undefined, marker: place('marker'), attendedLock: place('lock') });

  /** The command, with something harmless in the place of Node and its script. */
  function guarded(): readonly [string, readonly string[]] {
    return inPlaceOfNode('/', '/bin/sh', '-c', 'echo ran >> "$0"', place('ran'));
  }

  function inPlaceOfNode(script: string, ...program: readonly string[]): readonly [string, readonly string[]] {
    const { executable, arguments: args } = exitCommandFor({})(target());
    return [executable, [...args.slice(0, 5), script, ...program]];
  }

  function exits(child: ChildProcess): Promise<number | null> {
    return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  }

  test('names absolute programs, every option, and the container last', () => {
    const make = exitCommandFor({ root: '/r', runtime: 'runc', storageOptions: ['a=b'], backends: ['/opt/x'] });
    const { executable, arguments: args } = make({ ...target(), sessionId: 's1' });
    expect(executable).toBe('/bin/sh');
    expect(args.slice(3, 7)).toEqual([
      place('marker'),
      place('lock'),
      expect.stringMatching(/^\/.*\/exit\.ts$/),
      process.execPath,
    ]);
    expect(args.slice(-6)).toEqual(['--root=/r', '--runtime=runc', '--backend=/opt/x', '--storage-opt=a=b', '--exec=s1', 'c1']);
  });

  test('without the marker there is nothing to do', () => {
    const [file, args] = guarded();
    execFileSync(file, args);
    expect(existsSync(place('ran'))).toBe(false);
  });

  test('with the marker and nobody in attendance it runs', () => {
    writeFileSync(place('marker'), '');
    const [file, args] = guarded();
    execFileSync(file, args);
    expect(readFileSync(place('ran'), 'utf8')).toBe('ran\n');
    expect(existsSync(place('lock'))).toBe(false);
  });

  test('it waits for an installation that is being replaced: for its script, and for what the script imports', async () => {
    writeFileSync(place('marker'), '');
    const [file, args] = inPlaceOfNode(place('exit.mjs'), process.execPath, place('exit.mjs'));
    const ended = exits(spawn(file, args, { stdio: 'ignore' }));
    await sleep(200);
    writeFileSync(place('exit.mjs'), "import './part.mjs';");
    await sleep(700);
    writeFileSync(place('part.mjs'), `import { writeFileSync } from 'node:fs'; writeFileSync('${place('ran')}', 'ran');`);
    expect(await ended).toBe(0);
    expect(readFileSync(place('ran'), 'utf8')).toBe('ran');
  });

  test('a failure of the script itself is not tried again', async () => {
    writeFileSync(place('marker'), '');
    const [file, args] = inPlaceOfNode('/', '/bin/sh', '-c', 'echo ran >> "$0"; exit 125', place('ran'));
    expect(await exits(spawn(file, args))).toBe(125);
    expect(readFileSync(place('ran'), 'utf8')).toBe('ran\n');
  });

  test('it waits for who attends, and does nothing when that one cleaned up', async () => {
    writeFileSync(place('marker'), '');
    const attendant = spawn('flock', [place('lock'), 'sh', '-c', `sleep 0.3; rm ${place('marker')}`]);
    const attended = exits(attendant);
    await sleep(100);
    const [file, args] = guarded();
    const begun = performance.now();
    expect(await exits(spawn(file, args))).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(100);
    expect(existsSync(place('ran'))).toBe(false);
    expect(await attended).toBe(0);
  });

  test('it steps in when who attends dies', async () => {
    writeFileSync(place('marker'), '');
    const attendant = spawn('flock', ['--no-fork', place('lock'), 'sleep', '100']);
    await sleep(100);
    const [file, args] = guarded();
    const child = spawn(file, args);
    await sleep(50);
    expect(existsSync(place('ran'))).toBe(false);
    attendant.kill('SIGKILL');
    expect(await exits(child)).toBe(0);
    expect(readFileSync(place('ran'), 'utf8')).toBe('ran\n');
  });
});
