import type { Container } from '../../container/container.ts';
import { type ProcessTable, parseDescriptors } from '../../container/top/descriptors.ts';
import { EngineError } from '../../errors.ts';

/** The processes of those containers that run, one after the other; those that share a process namespace are told once. */
export async function topPod(containers: readonly Container[], descriptors: readonly string[]): Promise<ProcessTable> {
  const titles = parseDescriptors(descriptors).map(({ title }) => title);
  const rows: (readonly string[])[] = [];
  const told = new Set<string>();
  for (const container of containers) {
    const namespace = sharedProcesses(container);
    if (told.has(namespace)) continue;
    const table = await container.top(descriptors).catch((error: unknown) => {
      if (EngineError.isInstance(error) && (error.kind === 'invalid-state' || error.kind === 'not-found')) return undefined;
      throw error;
    });
    if (table === undefined) continue;
    told.add(namespace);
    rows.push(...table.rows);
  }
  return { titles, rows };
}

/** The container whose process namespace it is in. */
function sharedProcesses(container: Container): string {
  const mode = container.config().namespaces?.pid ?? '';
  return mode.startsWith('container:') ? mode.slice('container:'.length) : container.id;
}
