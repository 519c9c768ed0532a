import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busybox, Store } from './support/store.ts';

describe.each(['crun', 'runc'] as const)('secrets in containers, %s', (runtime) => {
  let store: Store;
  beforeAll(async () => {
    store = await Store.create({ runtime });
    chmodSync(store.directory, 0o711); // the root of a user namespace is nobody here
    await keep('pw', 'open sesame');
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const keep = async (name: string, content: string) => {
    const result = await store.tspod(['secret', 'create', name, '-'], { input: content });
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    return result.stdout.trim();
  };

  /** Files of the store that say what a secret says, but for what the container said itself. */
  const filesWith = (text: string) => {
    const found = execFileSync('sh', ['-c', 'grep -rlF --exclude=ctr.log -e "$1" "$2" || true', 'sh', text, store.root], {
      encoding: 'utf8',
    });
    return found.split('\n').filter(Boolean).sort();
  };

  test('files survive the removal of their secret, variables are read at each start, nothing shows them', async () => {
    const id = await keep('key', 'f1le-c0ntent');
    await keep('token', 'v4r-c0ntent');
    const command =
      'stat -c "%n %a %u:%g" /run/secrets/key /etc/k; cat /etc/k; echo; echo "$T $token"; echo changed >/etc/k; sleep 100';
    const files = ['--secret', 'key', '--secret', 'key,target=/etc/k,uid=5,gid=6,mode=0600'];
    const variables = ['--secret', 'token,type=env', '--secret', 'source=token,type=env,target=T', '-e', 'T=other'];
    await store.must('create', '--name', 'one', '--stop-signal', 'KILL', ...files, ...variables, busybox, 'sh', '-c', command);
    const seen = ['/run/secrets/key 444 0:0', '/etc/k 600 5:6', 'f1le-c0ntent', 'v4r-c0ntent v4r-c0ntent'];
    await store.must('start', 'one');
    await expect.poll(() => store.must('logs', 'one')).toBe(seen.join('\n'));
    expect(await store.must('exec', 'one', 'sh', '-c', 'echo $T $token; cat /etc/k')).toBe('v4r-c0ntent v4r-c0ntent\nchanged');
    expect(await store.must('exec', '-e', 'T=mine', 'one', 'sh', '-c', 'echo $T')).toBe('mine');

    const inspected = await store.must('inspect', 'one');
    expect(inspected).not.toMatch(/f1le-c0ntent|v4r-c0ntent/);
    const [{ Config, StaticDir }] = JSON.parse(inspected);
    expect(Config.Secrets).toEqual([
      { Name: 'key', ID: id, UID: 0, GID: 0, Mode: 0o444 },
      { Name: 'key', ID: id, UID: 5, GID: 6, Mode: 0o600 },
    ]);
    expect((await store.must('diff', 'one')).split('\n').filter((line) => /secrets|\/etc\/k/.test(line))).toEqual([]);

    // the copies are not the container's, which starts with them again
    await store.must('stop', 'one');
    expect(readFileSync(join(StaticDir, 'config.json'), 'utf8')).not.toContain('v4r-c0ntent');
    await store.must('secret', 'rm', 'key');
    await store.must('start', 'one');
    await expect.poll(() => store.must('logs', 'one')).toBe([...seen, ...seen].join('\n'));
    await store.must('stop', 'one');
    await store.must('secret', 'rm', 'token');
    expect(await store.tspod(['start', 'one'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('no secret with name or id "token": no such secret'),
    });
    expect(filesWith('f1le-c0ntent')).toEqual([join(StaticDir, 'secrets/0'), join(StaticDir, 'secrets/1')]);
    expect(filesWith('v4r-c0ntent')).toEqual([]);
    await store.must('rm', 'one');
    expect(filesWith('f1le-c0ntent')).toEqual([]);
  });

  test('a user namespace, a read-only root, other mounts', async () => {
    const show = ['sh', '-c', 'stat -c "%a %u:%g" /run/secrets/pw && cat /run/secrets/pw'];
    const own = ['--uidmap', '0:100000:2000', '--user', '7:8', '--secret', 'pw,uid=7,gid=8,mode=0400'];
    expect(await store.must('run', '--rm', ...own, busybox, ...show)).toBe('400 7:8\nopen sesame');
    expect(await store.must('run', '--rm', '--read-only', '--tmpfs', '/run', '--secret', 'pw', busybox, ...show)).toBe(
      '444 0:0\nopen sesame',
    );
    expect(await store.tspod(['run', ...own.slice(0, 2), '--secret', 'pw,uid=5000', busybox, 'true'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining("the owner 5000:0 of secret pw is not in the container's"),
    });
    expect(await store.must('ps', '-aq')).toBe('');
  });

  // no runtime has to do with it
  test.runIf(runtime === 'crun')('what can’t be had is refused as podman refuses it, and nothing is left', async () => {
    const refusals = [
      ['nosuch', 'no secret with name or id "nosuch": no such secret'],
      ['nosuch,type=env', 'no secret with name or id "nosuch": no such secret'],
      ['pw,mode=999', 'mode 999 invalid: parsing secret'],
      ['pw,type=env,uid=3', 'UID, GID, Mode options cannot be set with secret type env: parsing secret'],
    ] as const;
    for (const [secret, text] of refusals) {
      const args = ['--secret', secret, '-v', 'made:/m', busybox, 'true'];
      expect(await store.tspod(['run', ...args])).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(text) });
      expect((await store.podman(['run', ...args])).stderr).toContain(text);
    }
    expect(await store.must('ps', '-aq')).toBe('');
    expect(await store.must('volume', 'ls', '-q')).toBe('');
  });
});
