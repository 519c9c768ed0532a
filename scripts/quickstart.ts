/**
 * The main job, on this machine's own store: make a small real image, run it, and say what it ran on and how long it took. Set-up
 * and build are done by `scripts/quickstart`, which calls this.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBusyboxArchive } from '@tspod/testkit';

const image = 'localhost/busybox:latest';
const tspod = fileURLToPath(new URL('../bin/tspod', import.meta.url));

function call(...args: string[]): { stdout: string; exitCode: number; milliseconds: number } {
  const begun = performance.now();
  const { stdout, stderr, status, error } = spawnSync(tspod, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const milliseconds = performance.now() - begun;
  if (error !== undefined) throw error;
  if (status === 125 || status === null) {
    process.stderr.write(stderr);
    process.exit(status ?? 125);
  }
  return { stdout, exitCode: status, milliseconds };
}

if (call('image', 'exists', image).exitCode !== 0) {
  const directory = mkdtempSync(join(tmpdir(), 'tspod-quickstart-'));
  try {
    const archive = join(directory, 'busybox.tar');
    writeBusyboxArchive(archive, { name: image });
    call('load', '-q', '-i', archive);
    console.log(`image      made ${image} from busybox-static and loaded it`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { host, store } = JSON.parse(call('info', '--format', 'json').stdout);
console.log(`storage    ${store.graphDriverName} in ${store.graphRoot}`);
console.log(`runtime    ${host.ociRuntime.name} (${host.ociRuntime.path})`);
console.log(`monitor    ${host.conmon.name} (${host.conmon.path})`);

const command = ['sh', '-c', 'echo "Hello from $(hostname), running busybox $(busybox | head -n 1 | cut -d" " -f2)"; exit 7'];
console.log(`$ bin/tspod run --rm ${image} ${command.map((word) => (/[\s"$;]/.test(word) ? `'${word}'` : word)).join(' ')}`);
const { stdout, exitCode, milliseconds } = call('run', '--rm', image, ...command);
process.stdout.write(stdout);
console.log(`exit code  ${exitCode} (the container's own: the command above ends with "exit 7")`);
console.log(`time       ${milliseconds.toFixed(0)} ms from command to prompt, cleaned up`);
if (exitCode !== 7) process.exit(1);
console.log('\nNow try:   bin/tspod run --rm -it busybox');
