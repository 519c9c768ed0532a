/** Nanoseconds as Go prints a duration: `0s`, `501.487506ms`, `1h2m12.49s`. */
export function goDuration(nanoseconds: number): string {
  const whole = Math.round(nanoseconds);
  if (whole === 0) return '0s';
  if (whole < 1e3) return `${whole}ns`;
  if (whole < 1e6) return `${fraction(whole, 1e3)}µs`;
  if (whole < 1e9) return `${fraction(whole, 1e6)}ms`;
  const minutes = Math.floor(whole / 60e9);
  const seconds = `${fraction(whole - minutes * 60e9, 1e9)}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${hours}h` : ''}${minutes % 60}m${seconds}`;
}

function fraction(value: number, unit: number): string {
  const digits = Math.round(Math.log10(unit));
  const rest = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${Math.floor(value / unit)}${rest === '' ? '' : `.${rest}`}`;
}
