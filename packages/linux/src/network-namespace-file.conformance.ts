import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Like podman: shared when it is a mount already, else bound to itself. */
const podman = (directory: string) => `mount --make-rshared ${directory} 2>/dev/null || mount --rbind ${directory} ${directory}`;

test('a namespace is taken away also when podman has come to its directory since', () => {
  const directory = mkdtempSync('/var/tmp/tspod-netns-');
  try {
    const path = join(directory, 'netns-1');
    const program = `
      import { execSync } from 'node:child_process';
      import { readdirSync } from 'node:fs';
      import { makeNetworkNamespace, removeNetworkNamespace } from ${JSON.stringify(join(import.meta.dirname, 'network-namespace-file.ts'))};
      makeNetworkNamespace(${JSON.stringify(path)});
      execSync(${JSON.stringify(podman(directory))});
      removeNetworkNamespace(${JSON.stringify(path)});
      console.log(readdirSync(${JSON.stringify(directory)}).length, execSync('grep -c nsfs.*${directory} /proc/self/mounts || true').toString().trim());
    `;
    const node = [process.execPath, '--conditions=tspod-source', '--input-type=module', '-e', program];
    const answer = execFileSync('unshare', ['--mount', '--propagation', 'private', '--', ...node], { encoding: 'utf8' });
    expect(answer).toBe('0 0\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
