/** At most so many characters, and dots in place of the rest. */
export function truncate(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length).join('')}...` : text;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in decimal units with so many significant digits, as podman shows them: `2.13 MB`. */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${Number(value.toPrecision(digits))} ${units[unit]}`;
}

/** As `humanSize`, without the space: `2.13MB`. */
export function compactSize(bytes: number, digits = 3): string {
  return humanSize(bytes, digits).replace(' ', '');
}

/** A moment as Go prints it: `2026-11-24 03:52:31.5 +0000 UTC`. */
export function goTime(iso: string): string {
  return `${iso
    .replace('T', ' ')
    .replace(/(\.\d*?)0*Z$/, '$1')
    .replace(/[.Z]$/, '')} +0000 UTC`;
}

/** Seconds since 1970; Go's zero time for a moment that has not come. */
export function unixSeconds(iso: string | undefined): number {
  return iso === undefined ? -62135596800 : Math.floor(Date.parse(iso) / 1000);
}
