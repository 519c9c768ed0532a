import { printable } from './values.ts';

const months = 'January February March April May June July August September October November December'.split(' ');
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const zero = '0001-01-01T00:00:00Z';

/** What Go's layouts name, longest first. */
const layoutParts = /January|Jan|Monday|Mon|MST|2006|Z07:00|-07:00|-0700|PM|pm|[.,]0+|[.,]9+|01|02|03|04|05|06|15|_2|1|2|3|4|5/g;

/** A moment in UTC, from its ISO form, as a value of Go's `time.Time`. */
export function goTime(iso: string): object {
  const date = new Date(iso);
  const fraction = (/\.(\d+)/.exec(iso)?.[1] ?? '').padEnd(9, '0');
  const format = (layout: string) => formatted(date, fraction, layout);
  const unix = Math.floor(date.getTime() / 1000);
  const methods = {
    Day: () => date.getUTCDate(),
    Format: (layout: unknown) => format(String(layout)),
    Hour: () => date.getUTCHours(),
    IsZero: () => iso === zero,
    Local: () => goTime(iso),
    Minute: () => date.getUTCMinutes(),
    Month: () => months[date.getUTCMonth()],
    Nanosecond: () => Number(fraction),
    Second: () => date.getUTCSeconds(),
    String: () => format('2006-01-02 15:04:05.999999999 -0700 MST'),
    UTC: () => goTime(iso),
    Unix: () => unix,
    UnixMilli: () => date.getTime(),
    UnixNano: () => BigInt(unix) * 1_000_000_000n + BigInt(fraction),
    Weekday: () => weekdays[date.getUTCDay()],
    Year: () => date.getUTCFullYear(),
  };
  return printable('time.Time', { text: methods.String(), json: iso }, methods);
}

function formatted(date: Date, fraction: string, layout: string): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const month = months[date.getUTCMonth()] ?? '';
  const weekday = weekdays[date.getUTCDay()] ?? '';
  const hour = date.getUTCHours() % 12 || 12;
  const half = date.getUTCHours() < 12 ? 'AM' : 'PM';
  const parts: Readonly<Record<string, string>> = {
    ...{ January: month, Jan: month.slice(0, 3), '01': two(date.getUTCMonth() + 1), '1': String(date.getUTCMonth() + 1) },
    ...{ Monday: weekday, Mon: weekday.slice(0, 3) },
    ...{ '2006': String(date.getUTCFullYear()).padStart(4, '0'), '06': two(date.getUTCFullYear() % 100) },
    ...{ '02': two(date.getUTCDate()), '2': String(date.getUTCDate()), _2: String(date.getUTCDate()).padStart(2) },
    ...{ '15': two(date.getUTCHours()), '03': two(hour), '3': String(hour), PM: half, pm: half.toLowerCase() },
    ...{ '04': two(date.getUTCMinutes()), '4': String(date.getUTCMinutes()) },
    ...{ '05': two(date.getUTCSeconds()), '5': String(date.getUTCSeconds()) },
    ...{ MST: 'UTC', 'Z07:00': 'Z', '-07:00': '+00:00', '-0700': '+0000' },
  };
  return layout.replace(layoutParts, (part) => {
    const [mark = '', digit] = part;
    if (mark !== '.' && mark !== ',') return parts[part] ?? part;
    const digits = fraction.slice(0, part.length - 1);
    if (digit === '0') return mark + digits;
    const short = digits.replace(/0+$/, '');
    return short === '' ? '' : mark + short;
  });
}
