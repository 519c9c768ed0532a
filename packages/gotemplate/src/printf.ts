import { quote } from './literals.ts';
import { fieldsOf, isList, mapEntries, show, showExponent, showNumber, structName, typeOf, type Value } from './values.ts';

interface Directive {
  readonly minus: boolean;
  readonly plus: boolean;
  /** `%+v`: the fields of a struct with their names. */
  readonly named: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

const directive = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu;

/** Go's `fmt.Sprintf`, its marks of misuse (`%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA …)`) included. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const star = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    if (text === '*') return Number(values[next++]);
    return text === '' ? 0 : Number(text);
  };
  const text = format.replace(directive, (_all, flags: string, widthText?: string, precisionText?: string, verb?: string) => {
    const width = star(widthText);
    const precision = star(precisionText);
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const minus = flags.includes('-') || (width ?? 0) < 0;
    const value = values[next++];
    return one(value, {
      minus,
      plus: flags.includes('+') && verb !== 'v',
      named: flags.includes('+') && verb === 'v',
      sharp: flags.includes('#'),
      space: flags.includes(' '),
      zero: flags.includes('0') && !minus,
      width: width === undefined ? undefined : Math.abs(width),
      precision,
      verb,
    });
  });
  if (next >= values.length) return text;
  const extra = values
    .slice(next)
    .map((value) => (value === null || value === undefined ? '<nil>' : `${typeOf(value)}=${show(value)}`));
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function one(value: Value, how: Directive): string {
  const { verb } = how;
  if (verb === 'T') return pad(typeOf(value), how);
  if (value === null || value === undefined) return pad(verb === 'v' ? '<nil>' : `%!${verb}(<nil>)`, how);
  if (typeof value === 'boolean') return 'tv'.includes(verb) ? pad(String(value), how) : misuse(value, verb);
  if (typeof value === 'string') return string(value, how);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return integer(value, how);
  if (typeof value === 'number') return float(value, how);
  return compound(value, how);
}

function compound(value: Value, how: Directive): string {
  if (how.verb === 'v' && how.sharp) return pad(JSON.stringify(value), how);
  if (isList(value)) return `[${value.map((entry) => one(entry, how)).join(' ')}]`;
  const entries = mapEntries(value);
  if (entries !== undefined) return `map[${entries.map(([key, entry]) => `${one(key, how)}:${one(entry, how)}`).join(' ')}]`;
  if (structName(value) === undefined) return misuse(value, how.verb);
  if (!how.named)
    return `{${fieldsOf(value as object)
      .map((field) => one(field, how))
      .join(' ')}}`;
  const named = Object.entries(value as object).filter(([, field]) => typeof field !== 'function');
  return `{${named.map(([name, field]) => `${name}:${one(field, how)}`).join(' ')}}`;
}

function string(value: string, how: Directive): string {
  const { verb, precision } = how;
  const text = precision === undefined ? value : [...value].slice(0, precision).join('');
  if (verb === 'v' && how.sharp) return pad(quote(text), how);
  if (verb === 's' || verb === 'v') return pad(text, how);
  if (verb === 'q') return pad(how.sharp && !text.includes('`') ? `\`${text}\`` : quote(text), how);
  if (verb === 'x' || verb === 'X') {
    const bytes = [...new TextEncoder().encode(value)].slice(0, precision);
    const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(how.space ? ' ' : '');
    return pad(verb === 'X' ? digits.toUpperCase() : digits, how);
  }
  return misuse(value, verb);
}

const radixes: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function integer(value: number | bigint, how: Directive): string {
  const { verb } = how;
  if (verb === 'c') return pad(String.fromCodePoint(Number(value)), how);
  if (verb === 'q') return pad(`'${String.fromCodePoint(Number(value))}'`, how);
  if (verb === 'U') return pad(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, how);
  const radix = radixes[verb];
  if (radix === undefined) return misuse(value, verb);
  const negative = value < 0;
  let digits = (negative ? -BigInt(value) : BigInt(value)).toString(radix);
  if (verb === 'X') digits = digits.toUpperCase();
  if (how.precision !== undefined) digits = digits.padStart(how.precision, '0');
  const prefix = integerPrefix(how);
  const sign = negative ? '-' : how.plus ? '+' : how.space ? ' ' : '';
  if (how.zero && how.width !== undefined && how.precision === undefined) {
    digits = digits.padStart(how.width - sign.length - prefix.length, '0');
  }
  return pad(sign + prefix + digits, how);
}

function integerPrefix({ sharp, verb }: Directive): string {
  if (verb === 'O') return '0o';
  if (!sharp) return '';
  const prefixes: Readonly<Record<string, string>> = { x: '0x', X: '0X', o: '0', b: '0b' };
  return prefixes[verb] ?? '';
}

function float(value: number, how: Directive): string {
  const text = floatText(Math.abs(value), how);
  if (text === undefined) return misuse(value, how.verb);
  const sign = value < 0 || Object.is(value, -0) ? '-' : how.plus ? '+' : how.space ? ' ' : '';
  const zeros = how.zero && how.width !== undefined && Number.isFinite(value);
  return pad(sign + (zeros ? text.padStart((how.width ?? 0) - sign.length, '0') : text), how);
}

function floatText(value: number, { verb, precision }: Directive): string | undefined {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Inf';
  switch (verb) {
    case 'v':
      return precision === undefined ? showNumber(value) : general(value, precision);
    case 'g':
    case 'G': {
      const text = precision === undefined ? showNumber(value) : general(value, precision);
      return verb === 'G' ? text.toUpperCase() : text;
    }
    case 'f':
    case 'F':
      return fixed(value, precision ?? 6);
    case 'e':
    case 'E': {
      const [digits, exponent] = value.toExponential(precision ?? 6).split('e');
      return `${digits}${verb}${showExponent(Number(exponent))}`;
    }
    default:
      return undefined;
  }
}

/** `%.Ng`: so many significant digits, without zeros at the end. */
function general(value: number, precision: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const [digits = '', exponentText = '0'] = value.toExponential(wanted - 1).split('e');
  const exponent = Number(exponentText);
  const strip = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= wanted) return `${strip(digits)}e${showExponent(exponent)}`;
  return strip(fixed(value, Math.max(0, wanted - 1 - exponent)));
}

/** As `toFixed`, but what lies exactly in the middle goes to the even digit. */
function fixed(value: number, precision: number): string {
  const rounded = value.toFixed(precision);
  const exact = value.toFixed(Math.min(100, precision + 60));
  const cut = exact.length - (Math.min(100, precision + 60) - precision);
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const below = precision === 0 ? exact.slice(0, exact.indexOf('.')) : exact.slice(0, cut);
  return Number(below.at(-1)) % 2 === 0 ? below : rounded;
}

function misuse(value: Value, verb: string): string {
  return `%!${verb}(${typeOf(value)}=${show(value)})`;
}

function pad(text: string, { width, minus, zero, verb }: Directive): string {
  if (width === undefined) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  return (zero && 'sqvtT'.includes(verb) ? '0' : ' ').repeat(missing) + text;
}
