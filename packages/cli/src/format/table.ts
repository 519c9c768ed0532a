/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  cell(row: Row): string;
}

/** podman's tabwriter settings. */
const smallestWidth = 12;
const padding = 2;

/**
 * Columns as wide as their widest cell, 12 at least; the last one as it is. Line ends within a cell are shown as spaces.
 * `width`: the table is made to fit, as far as it can be, with narrower columns and cut cells.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { heading, width }: { readonly heading: boolean; readonly width?: number | undefined },
): string {
  const body = rows.map((row) => columns.map((column) => oneLine(column.cell(row))));
  const lines = heading ? [columns.map(({ title }) => title), ...body] : body;
  const longest = columns.map((_, index) => lines.reduce((most, cells) => Math.max(most, lengthOf(cells[index] ?? '')), 0));
  const natural = longest.map((length) => Math.max(length + padding, smallestWidth));
  const widths = width === undefined ? natural : fitted(columns, natural, longest, width);
  const cut = (cell: string, index: number) => {
    const room = (widths[index] ?? 0) - padding;
    return lengthOf(cell) > room ? `${[...cell].slice(0, room - 1).join('')}…` : cell;
  };
  return lines.map((cells) => `${cells.map((cell, index) => pad(cut(cell, index), index, widths)).join('')}\n`).join('');
}

const isId = /(^| )ID$/;
/** These are there to be copied: they are cut when all else is short already. */
const isName = /NAMES?$|^(REPOSITORY|TAG)$/;
/** Nothing is narrower than this when it is cut. */
const smallestCut = 8;

function fitted<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  longest: readonly number[],
  width: number,
): readonly number[] {
  const sum = (widths: readonly number[]) => widths.reduce((total, one) => total + one, 0) - padding;
  if (sum(natural) <= width) return natural;
  const widths = longest.map((length) => length + padding);
  const narrow = (isKept: (title: string) => boolean) => {
    const least = columns.map(({ title }, index) => {
      const own = widths[index] ?? 0;
      return isKept(title) ? own : Math.min(own, Math.max(lengthOf(title), smallestCut) + padding);
    });
    while (sum(widths) > width) {
      const room = widths.map((one, index) => (one > (least[index] ?? 0) ? one : 0));
      const widest = room.indexOf(Math.max(...room));
      if (room[widest] === 0) return;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  };
  narrow((title) => isId.test(title) || isName.test(title));
  narrow((title) => isId.test(title));
  return widths;
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
