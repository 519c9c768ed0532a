/**
 * Values as a template sees them. JavaScript's own stand for Go's: string, boolean, number (an integer where it is one), bigint, list (array),
 * map (plain object, or Map), struct (an object made by `struct`), nil (null), and undefined for what does not exist.
 */
export type Value = unknown;

const typeName = Symbol('type name');

/**
 * Marks an object as a Go struct of this type: an unknown field of it is an error rather than `<no value>`, and it is printed without
 * its fields' names. Its functions are its methods.
 */
export function struct<Fields extends object>(name: string, fields: Fields): Fields {
  return Object.defineProperty({ ...fields }, typeName, { value: name });
}

const printed = Symbol('printed');

interface Printed {
  readonly text: string;
  readonly json: unknown;
}

/** Marks an object as a value of a Go type that prints itself as `text` and stands as `json` in JSON. Its functions are its methods. */
export function printable<Methods extends object>(name: string, { text, json }: Printed, methods: Methods): Methods {
  return Object.defineProperties(struct(name, methods), {
    [printed]: { value: { text, json } },
    toJSON: { value: () => json },
  });
}

/** A pointer that points nowhere: `<nil>` where a nil of no type is `<no value>`. */
export const nilPointer: object = printable('<nil>', { text: '<nil>', json: null }, {});

function printedOf(value: Value): Printed | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [printed]?: Printed })[printed];
}

export function structName(value: Value): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [typeName]?: string })[typeName];
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The entries of a map, in the order of its keys; undefined when the value is no map. */
export function mapEntries(value: Value): (readonly [string | number, Value])[] | undefined {
  if (typeof value !== 'object' || value === null || isList(value) || structName(value) !== undefined) return undefined;
  const entries = value instanceof Map ? [...(value as Map<string | number, Value>)] : Object.entries(value);
  return entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

/** Go's name for the type, as messages have it. */
export function typeOf(value: Value): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int' : 'float64';
  if (isList(value)) return value.length > 0 && value.every((entry) => typeof entry === 'string') ? '[]string' : '[]interface {}';
  return structName(value) ?? 'map[string]interface {}';
}

/** What `if`, `with`, `and`, `or` and `not` go by. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'string' || isList(value)) return value.length > 0;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  if (typeof value === 'boolean') return value;
  const own = printedOf(value);
  if (own !== undefined) return own.json !== null && own.json !== 0;
  const entries = mapEntries(value);
  return entries === undefined || entries.length > 0;
}

/** As `%v` prints it. */
export function show(value: Value): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return showNumber(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (isList(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const own = printedOf(value);
  if (own !== undefined) return own.text;
  const entries = mapEntries(value);
  if (entries !== undefined) return `map[${entries.map(([key, entry]) => `${key}:${show(entry)}`).join(' ')}]`;
  return `{${fieldsOf(value).map(show).join(' ')}}`;
}

/** As an action prints it: what does not exist, and nil, are `<no value>`. */
export function showResult(value: Value): string {
  return value === null || value === undefined ? '<no value>' : show(value);
}

/** The fields of a struct, without its methods. */
export function fieldsOf(value: object): Value[] {
  return Object.values(value).filter((field) => typeof field !== 'function');
}

/** `%v` of a number: shortest form, and for a float with an exponent below 1e-4 and from 1e6 on. */
export function showNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Number.isSafeInteger(value)) return String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  if (Number(exponent) < -4 || Number(exponent) >= 6) return `${digits}e${showExponent(Number(exponent))}`;
  return plainDecimal(digits, Number(exponent));
}

export function showExponent(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function plainDecimal(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  const all = digits.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${all}`;
  if (all.length <= exponent + 1) return sign + all.padEnd(exponent + 1, '0');
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
}
