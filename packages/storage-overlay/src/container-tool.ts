import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from './records.ts';
import type { StorePaths } from './store-paths.ts';

/** Which program made a container of the store, as far as its traces tell, and how to get rid of it. */
export function containerTool(
  paths: StorePaths,
  container: ContainerRecord,
): { readonly program: string; readonly hint: string } {
  const [directory] = paths.containerDirectories(container.id);
  const name = container.names?.[0] ?? container.id;
  if (existsSync(join(directory, 'userdata', 'buildah.json'))) {
    return { program: 'buildah', hint: `it was made by buildah: remove it with \`buildah rm ${name}\`, or use another name` };
  }
  return {
    program: 'podman',
    hint: `remove it with \`tspod rm ${name}\` or, when podman made it, \`podman rm ${name}\`, or use another name`,
  };
}
