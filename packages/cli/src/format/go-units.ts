const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes with four significant digits in decimal units, as Go's units package writes them: `67.11MB`. */
export function decimalSize(bytes: number): string {
  return scaled(bytes, 1000, decimalUnits);
}

/** The same in binary units: `64MiB`. */
export function binarySize(bytes: number): string {
  return scaled(bytes, 1024, binaryUnits);
}

function scaled(bytes: number, base: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  for (; value >= base && unit < units.length - 1; unit += 1) value /= base;
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
