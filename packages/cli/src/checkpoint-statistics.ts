import type { CheckpointReport } from '@tspod/core';

/** `--print-stats`, in podman's form. */
export function describeStatistics(
  verb: 'checkpoint' | 'restore',
  milliseconds: number,
  reports: readonly { readonly name: string; readonly report: CheckpointReport }[],
): string {
  const containers = reports.map(({ name, report }) => ({
    Id: report.id,
    RawInput: name,
    [`runtime_${verb}_duration`]: report.runtimeDuration,
    criu_statistics: report.statistics ?? null,
  }));
  const document = {
    [`podman_${verb}_duration`]: Math.round(milliseconds * 1000),
    container_statistics: containers.length > 0 ? containers : null,
  };
  return JSON.stringify(document, undefined, 4);
}
