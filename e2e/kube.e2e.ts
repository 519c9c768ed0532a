import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traces, tracesAtRest } from './support/machine.ts';
import { busybox, Store } from './support/store.ts';

const web = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {MODE: fast, greeting.txt: hello}
---
kind: Secret
metadata: {name: login}
stringData: {password: open sesame}
---
kind: PersistentVolumeClaim
metadata: {name: kept}
---
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  hostNetwork: true
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  initContainers:
  - {name: setup, image: ${busybox}, command: [sh, -c, echo once >> /kept/init], volumeMounts: [{name: kept, mountPath: /kept}]}
  containers:
  - name: main
    image: ${busybox}
    command: [sh, -c]
    args: ['echo "$MODE $SECRET $(POD)"; cat /settings/greeting.txt /login/password /kept/init; sleep 1000']
    workingDir: /tmp
    env:
    - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: login, key: password}}}
    envFrom: [{configMapRef: {name: settings}}]
    resources: {limits: {memory: 64Mi, cpu: 500m}}
    volumeMounts:
    - {name: kept, mountPath: /kept}
    - {name: settings, mountPath: /settings}
    - {name: login, mountPath: /login}
    - {name: memory, mountPath: /memory}
    - {name: host, mountPath: /host, readOnly: true}
  - name: second
    image: ${busybox}
    args: [sleep, "1000"]
    securityContext: {runAsUser: 1000, runAsGroup: 1001, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false}
  volumes:
  - {name: kept, persistentVolumeClaim: {claimName: kept}}
  - {name: settings, configMap: {name: settings}}
  - {name: login, secret: {secretName: login}}
  - {name: memory, emptyDir: {medium: Memory}}
  - {name: host, hostPath: {path: /etc, type: Directory}}
`;

describe.each(['crun', 'runc'] as const)('Kubernetes YAML, %s', (runtime) => {
  let store: Store;
  let file: string;
  const play = (text: string, ...flags: string[]) => store.tspod(['kube', 'play', ...flags, '-'], { input: text });
  const names = async () => (await store.must('ps', '-a', '--format', '{{.Names}}')).split('\n').filter(Boolean).sort();
  const volumes = async () => (await store.must('volume', 'ls', '-q')).split('\n').filter(Boolean).sort();

  beforeAll(async () => {
    store = await Store.create({ runtime });
    file = store.path('web.yml');
    writeFileSync(file, web);
  });
  afterAll(async () => {
    await store.must('pod', 'rm', '-f', '-a', '-t', '0');
    await store[Symbol.asyncDispose]();
  });

  test('a pod with all that belongs to it is made, replaced and taken down', async () => {
    const made = await store.must('kube', 'play', file);
    expect(made).toMatch(/^Volumes:\nkept\nSecrets:\n\w+\nPod:\n[0-9a-f]{64}\nContainers:\n([0-9a-f]{64}\n){2}/);
    expect(await names()).toEqual([expect.stringMatching(/-infra$/), 'web-main', 'web-second']);
    expect(await store.must('logs', 'web-main')).toBe('fast open sesame web\nhelloopen sesameonce');
    const [main] = JSON.parse(await store.must('inspect', 'web-main'));
    expect(main.HostConfig).toMatchObject({ Memory: 64 * 2 ** 20, CpuQuota: 50_000, CpuPeriod: 100_000 });
    expect(main.Config).toMatchObject({ Labels: { app: 'web' }, WorkingDir: '/tmp', StopTimeout: 0 });
    expect(
      await store.must('exec', 'web-main', 'sh', '-c', 'grep -c " /memory tmpfs" /proc/mounts; touch /host/x; pwd'),
    ).toContain('1\n');
    expect(await store.must('exec', 'web-second', 'sh', '-c', 'id -u; id -g; grep CapBnd /proc/self/status')).toBe(
      '1000\n1001\nCapBnd:\t0000000000000000',
    );

    const again = await play(web);
    expect(again).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('pod already exists') });
    expect(await store.must('logs', 'web-main')).toContain('fast'); // untouched

    const replaced = await store.must('kube', 'play', '--replace', file);
    expect(replaced).toMatch(/^Pods stopped:\n[0-9a-f]{64}\nPods removed:\n[0-9a-f]{64}\nVolumes:/);
    expect(await store.must('logs', 'web-main')).toContain('once\nonce'); // the claim kept its data

    expect(await store.must('kube', 'down', file)).toMatch(/^Pods stopped:\n[0-9a-f]{64}\nPods removed:\n[0-9a-f]{64}$/);
    expect(await names()).toEqual([]);
    expect(await volumes()).toEqual(['kept']);
    expect(await store.must('kube', 'down', '--force', file)).toBe('Pods stopped:\nPods removed:');
    expect(await volumes()).toEqual([]);
  });

  test('a play that fails leaves nothing, and says what is wrong', async () => {
    const before = await tracesAtRest(store);
    for (const [text, message] of [
      [
        web
          .replace('claimName: kept', 'claimName: kept')
          .replace('path: /etc, type: Directory', 'path: /nosuch, type: Directory'),
        '/nosuch',
      ],
      [web.replace('secretName: login', 'secretName: nosuch'), 'no secret named "nosuch"'],
      [web.replace('mountPath: /memory', 'mountPath: relative'), 'relative'],
      [web.replace('restartPolicy: Never', 'restartPolicy: Sometimes'), 'restart policy "Sometimes"'],
      [web.replace('memory: 64Mi', 'memory: much'), 'invalid quantity "much"'],
      [web.replace('kind: Pod', 'kind: Nod').split('---').slice(-1)[0] ?? '', 'does not contain any supported kube kind'],
      ['kind: Pod\nspec: {containers: 7}\n', 'document 1 (Pod): spec.containers: expected array'],
      ['{', 'document 1: '],
    ] as const) {
      const result = await play(text);
      expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(message) });
      expect(await names()).toEqual([]);
      expect((await volumes()).filter((name) => name !== 'kept')).toEqual([]);
    }
    await store.tspod(['volume', 'rm', 'kept']);
    expect(traces(store)).toEqual(before);
  });

  test('what is generated can be played, and says the same again', async () => {
    await store.must('pod', 'create', '--name', 'shop', '--network', 'none', '--label', 'tier=front');
    const words = ['-e', 'A=b', '-w', '/tmp', '-v', 'goods:/goods', '-v', '/etc:/host:ro', '--tmpfs', '/scratch', '-u', '5:6'];
    await store.must('create', '--pod', 'shop', '--name', 'till', '--memory', '32m', ...words, busybox, 'sleep', '100');
    const written = await store.must('kube', 'generate', 'shop');
    expect(written).toMatch(/^# Save the output of this file/);
    await store.must('pod', 'rm', 'shop');
    expect((await play(written, '--network', 'none')).exitCode).toBe(0);
    const moving = (text: string) => text.replace(/creationTimestamp: .*/g, '').replaceAll('shop-till', 'till');
    expect(moving(await store.must('kube', 'generate', 'shop'))).toBe(moving(written));
    expect(await store.must('kube', 'generate', 'goods')).toContain('kind: PersistentVolumeClaim');
    await store.must('pod', 'rm', '-f', '-t', '0', 'shop');
    await store.must('volume', 'rm', 'goods');
    expect(await store.tspod(['kube', 'generate', 'nosuch'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('name or ID "nosuch" not found'),
    });
  });

  test('units of systemd say how to start and stop what is there', async () => {
    await store.must('create', '--name', 'unit', '--restart', 'no', '-e', 'A=two words', busybox, 'sh', '-c', 'echo $HOME 100%');
    const unit = await store.must('generate', 'systemd', '--name', 'unit');
    expect(unit).toMatch(/^# container-unit\.service\n# autogenerated by tspod /);
    expect(unit).toMatch(/ExecStart=\/.* start unit\n/);
    expect(unit).toMatch(/PIDFile=\/.*conmon\.pid\nType=forking/);
    const anew = await store.must('generate', 'systemd', '--new', '--no-header', '-n', '--stop-timeout', '3', 'unit');
    expect(anew).toContain('--cidfile=%t/%n.ctr-id \\\n');
    expect(anew).toContain('-e "A=two words" \\\n');
    expect(anew).toContain('sh -c "echo $$HOME 100%%"');
    expect(anew).toContain('TimeoutStopSec=63');
    expect(anew).not.toContain('--restart');
    await store.must('rm', 'unit');
    expect(await store.tspod(['generate', 'systemd', 'unit'])).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('unit'),
    });
  });
});
