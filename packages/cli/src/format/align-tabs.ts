/** podman's tabwriter settings. */
const smallestWidth = 12;
const padding = 2;

/**
 * Aligns the tab-separated cells of lines, as Go's `text/tabwriter` does: the neighbouring lines that have a cell in a column share the
 * column's width; the last cell of a line belongs to no column.
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[][] = lines.map(() => []);
  const layOut = (from: number, to: number, column: number): void => {
    let first = from;
    while (first < to) {
      let last = first;
      while (last < to && hasColumn(lines[last], column)) last += 1;
      if (last === first) {
        first += 1;
        continue;
      }
      const block = lines.slice(first, last);
      const longest = Math.max(...block.map((cells) => lengthOf(cells[column] ?? '')));
      for (const line of widths.slice(first, last)) line.push(Math.max(longest + padding, smallestWidth));
      layOut(first, last, column + 1);
      first = last;
    }
  };
  layOut(0, lines.length, 0);
  return lines.map((cells, index) => cells.map((cell, column) => pad(cell, widths[index]?.[column])).join('')).join('\n');
}

function hasColumn(cells: readonly string[] | undefined, column: number): boolean {
  return cells !== undefined && column < cells.length - 1;
}

function pad(cell: string, width: number | undefined): string {
  return width === undefined ? cell : cell + ' '.repeat(width - lengthOf(cell));
}

function lengthOf(text: string): number {
  return [...text].length;
}
