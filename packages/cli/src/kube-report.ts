import type { DownReport } from '@tspod/kube';
import { raise } from './for-each.ts';
import type { Output } from './output.ts';

/** What was taken down, as podman lists it. Failures are raised when all is said. */
export function printTakenDown({ stopped, removed, failures }: DownReport, output: Output): void {
  output.line('Pods stopped:');
  for (const id of stopped) output.line(id);
  output.line('Pods removed:');
  for (const id of removed) output.line(id);
  raise(
    failures.map(({ failure }) => failure),
    output,
  );
}
