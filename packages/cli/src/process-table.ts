import type { ProcessTable } from '@tspod/core';
import { formatTable } from './format/table.ts';

/** The lines of `top`. */
export function formatProcesses({ titles, rows }: ProcessTable): string {
  const columns = titles.map((title, index) => ({ title, cell: (row: readonly string[]) => row[index] ?? '' }));
  return formatTable(columns, rows, { heading: true });
}
