/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  cell(row: Row): string;
}

/** podman's tabwriter settings. */
const smallestWidth = 12;
const padding = 2;

/** Columns as wide as their widest cell, 12 at least; the last one as it is. Line ends within a cell are shown as spaces. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { heading }: { readonly heading: boolean },
): string {
  const body = rows.map((row) => columns.map((column) => oneLine(column.cell(row))));
  const lines = heading ? [columns.map(({ title }) => title), ...body] : body;
  const widths = columns.map((_, index) => {
    const longest = lines.reduce((width, cells) => Math.max(width, lengthOf(cells[index] ?? '')), 0);
    return Math.max(longest + padding, smallestWidth);
  });
  return lines.map((cells) => `${cells.map((cell, index) => pad(cell, index, widths)).join('')}\n`).join('');
}

function pad(cell: string, index: number, widths: readonly number[]): string {
  return index === widths.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - lengthOf(cell));
}

function lengthOf(text: string): number {
  return [...text].length;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\t\v\f]/g, ' ');
}
