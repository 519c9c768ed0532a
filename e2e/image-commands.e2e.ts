import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busybox, Store } from './support/store.ts';

let store: Store;

beforeAll(async () => {
  store = await Store.create();
  const script = 'echo new >/new; rm /etc/group; echo root:x:0:0::/:/bin/sh >/etc/passwd';
  await store.must('run', '--name', 'source', '--network', 'none', busybox, 'sh', '-c', script);
  await store.must('commit', '-q', '--change', 'LABEL a=b', '--change', 'EXPOSE 80', '--author', 'me', 'source', 'made:1');
}, 60_000);

afterAll(() => store[Symbol.asyncDispose]());

describe('image inspect', () => {
  it("prints podman's document, field by field", async () => {
    for (const name of [busybox, 'made:1']) {
      expect(JSON.parse(await store.must('image', 'inspect', name))).toEqual(
        JSON.parse(await store.mustPodman('image', 'inspect', name)),
      );
    }
    const template = ['--format', '{{.Id}} {{.GraphDriver.Data.LowerDir}} {{len .History}} {{json .Config.Labels}}', 'made:1'];
    expect(await store.must('image', 'inspect', ...template)).toBe(await store.mustPodman('image', 'inspect', ...template));
    expect(JSON.parse(await store.must('image', 'inspect', busybox, 'made:1'))).toHaveLength(2);
  });
});

describe('image diff', () => {
  it('says what podman says', async () => {
    for (const argv of [[busybox], ['made:1'], ['--format', 'json', 'made:1']]) {
      const sorted = (text: string) => text.split('\n').sort();
      const ours = await store.must('image', 'diff', ...argv);
      expect(sorted(ours)).toEqual(sorted(await store.mustPodman('image', 'diff', ...argv)));
    }
    const [ours, theirs] = [await store.tspod(['image', 'diff', 'nosuch']), await store.podman(['image', 'diff', 'nosuch'])];
    expect([ours.exitCode, ours.stderr.split('\n')[0]]).toEqual([theirs.exitCode, theirs.stderr.split('\n')[0]]);
  });
});

describe('image trust', () => {
  it('shows and sets what podman shows and sets', async () => {
    const ours = store.path('ours.json');
    const theirs = store.path('theirs.json');
    const transports = { 'docker-daemon': { '': [{ type: 'insecureAcceptAnything' }] } };
    for (const path of [ours, theirs]) writeFileSync(path, JSON.stringify({ default: [{ type: 'reject' }], transports }));
    for (const argv of [
      ['--type', 'accept', 'quay.io/me'],
      ['--type', 'reject', 'default'],
      ['--pubkeysfile', ours, '-t', 'sigstoreSigned', 'docker.io'],
    ]) {
      await store.must('image', 'trust', 'set', '--policypath', ours, ...argv);
      await store.mustPodman('image', 'trust', 'set', '--policypath', theirs, ...argv);
    }
    expect(JSON.parse(readFileSync(ours, 'utf8'))).toEqual(JSON.parse(readFileSync(theirs, 'utf8')));
    const show = ['image', 'trust', 'show', '--policypath'];
    expect(JSON.parse(await store.must(...show, ours, '--json'))).toEqual(
      JSON.parse(await store.mustPodman(...show, theirs, '--json')),
    );
    expect(await store.tspod(['image', 'trust', 'set', '--policypath', ours, 'x'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining("at least one public key must be defined for type 'signedBy'"),
    });
  });
});

describe('image sign and image scp', () => {
  it('say what is missing', async () => {
    const sign = await store.tspod(['image', 'sign', '--sign-by', 'nobody@nowhere.test', 'docker://localhost:1/x:1']);
    expect(sign).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('there is no secret key of "nobody@nowhere.test"'),
    });
    const scp = await store.tspod(['image', 'scp', busybox, 'someone@elsewhere::']);
    expect(scp).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('| ssh elsewhere podman load') });
  });

  it('copies into the usual store', async () => {
    const configuration = store.path('storage.conf');
    const [graphRoot, runRoot] = [store.path('usual'), store.path('usual-run')];
    writeFileSync(configuration, `[storage]\ndriver = "overlay"\ngraphroot = "${graphRoot}"\nrunroot = "${runRoot}"\n`);
    const env = { CONTAINERS_STORAGE_CONF: configuration };
    const copied = await store.tspod(['image', 'scp', '-q', busybox, 'root@localhost::'], { env });
    expect(copied).toMatchObject({ exitCode: 0, stdout: `Loaded image: ${busybox}\n` });
    expect(JSON.parse(readFileSync(`${graphRoot}/overlay-images/images.json`, 'utf8'))).toMatchObject([{ names: [busybox] }]);
  });
});
