import { sprintf } from './printf.ts';
import { fieldsOf, isList, isTrue, mapEntries, show, structName, typeOf, type Value } from './values.ts';

/** A function that templates can call. It throws an `Error` whose message says what was wrong; `evaluate` says where. */
export type TemplateFunction = (...values: readonly Value[]) => Value;

/** The functions that every template has (`text/template`); `and` and `or`, which stop early, are the evaluator's. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  not: (...values) => {
    requireCount('not', values, 1, 1);
    return !isTrue(values[0]);
  },
  len: (...values) => {
    requireCount('len', values, 1, 1);
    return lengthOf(values[0]);
  },
  index: (...values) => {
    requireCount('index', values, 1);
    return values.slice(1).reduce(indexInto, values[0]);
  },
  slice: (...values) => {
    requireCount('slice', values, 1);
    return sliceOf(values[0], values.slice(1));
  },
  print: (...values) => printWith(values, (left, right) => typeof left !== 'string' && typeof right !== 'string'),
  println: (...values) => `${values.map(show).join(' ')}\n`,
  printf: (...values) => {
    requireCount('printf', values, 1);
    const [format, ...rest] = values;
    if (typeof format !== 'string') throw new WrongType(0, 'string', format);
    return sprintf(format, rest);
  },
  html: (...values) => printArguments(values).replace(/[&'<>"\0]/g, (character) => htmlEscapes[character] ?? ''),
  js: (...values) => escapeScript(printArguments(values)),
  urlquery: (...values) =>
    encodeURIComponent(printArguments(values))
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  eq: (...values) => {
    requireCount('eq', values, 1);
    const [first, ...others] = values;
    if (others.length === 0) throw new Error('missing argument for comparison');
    return others.some((other) => areEqual(first, other));
  },
  ne: (...values) => comparison('ne', values, (left, right) => !areEqual(left, right)),
  lt: (...values) => comparison('lt', values, isLess),
  le: (...values) => comparison('le', values, (left, right) => isLess(left, right) || areEqual(left, right)),
  gt: (...values) => comparison('gt', values, (left, right) => !isLess(left, right) && !areEqual(left, right)),
  ge: (...values) => comparison('ge', values, (left, right) => !isLess(left, right)),
  call: (...values) => {
    const [callee, ...rest] = values;
    if (callee === null || callee === undefined) throw new Error('call of nil');
    if (typeof callee !== 'function') throw new Error(`non-function of type ${typeOf(callee)}`);
    return (callee as TemplateFunction)(...rest);
  },
};

const htmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  '\0': '\uFFFD',
};

/** @throws when a function gets too few or too many arguments, as Go's evaluator words it. */
function requireCount(name: string, values: readonly Value[], least: number, most = Number.POSITIVE_INFINITY): void {
  if (values.length >= least && values.length <= most) return;
  const wanted = most === least ? String(least) : `at least ${least}`;
  throw new WrongCount(`wrong number of args for ${name}: want ${wanted} got ${values.length}`);
}

/** An argument of a type that the function can't use; `evaluate` says it as Go does, at the argument. */
export class WrongType extends Error {
  readonly index: number;
  readonly wanted: string;
  readonly value: Value;

  constructor(index: number, wanted: string, value: Value) {
    super(`wrong type for value; expected ${wanted}; got ${typeOf(value)}`);
    this.index = index;
    this.wanted = wanted;
    this.value = value;
  }
}

/** A complaint that stands by itself, without "error calling" in front of it. */
export class WrongCount extends Error {}

function lengthOf(value: Value): number {
  if (value === null || value === undefined) throw new Error('len of nil pointer');
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (isList(value)) return value.length;
  const entries = mapEntries(value);
  if (entries === undefined) throw new Error(`len of type ${typeOf(value)}`);
  return entries.length;
}

function indexInto(container: Value, key: Value): Value {
  if (container === null || container === undefined) throw new Error('index of untyped nil');
  if (typeof container === 'string') {
    const bytes = new TextEncoder().encode(container);
    return bytes[elementIndex(key, bytes.length, 'string')];
  }
  if (isList(container)) return container[elementIndex(key, container.length, 'slice')];
  if (mapEntries(container) === undefined) throw new Error(`can't index item of type ${typeOf(container)}`);
  if (typeof key !== 'string' && !(container instanceof Map)) {
    throw new Error(`value has type ${typeOf(key)}; should be string`);
  }
  const found = keyIn(container, key);
  return found === undefined && holdsTexts(container) ? '' : found;
}

/** Whether it is what Go has as `map[string]string`, in which a missing key is an empty text. */
function holdsTexts(container: Value): boolean {
  const entries = mapEntries(container);
  return entries !== undefined && entries.length > 0 && entries.every(([, entry]) => typeof entry === 'string');
}

function elementIndex(key: Value, length: number, kind: 'slice' | 'string'): number {
  const index = checkedIndex(key, length);
  if (index === length) throw new Error(`reflect: ${kind} index out of range`);
  return index;
}

/** The value of a map's key; undefined when there is none. */
export function keyIn(container: Value, key: Value): Value {
  if (container instanceof Map) return container.get(key);
  const text = String(key);
  return Object.hasOwn(container as object, text) ? (container as Record<string, Value>)[text] : undefined;
}

function checkedIndex(index: Value, most: number): number {
  if (index === null || index === undefined) throw new Error('cannot index slice/array with nil');
  if (typeof index !== 'number' || !Number.isInteger(index)) {
    throw new Error(`cannot index slice/array with type ${typeOf(index)}`);
  }
  if (index < 0 || index > most) throw new Error(`index out of range: ${index}`);
  return index;
}

function sliceOf(value: Value, indexes: readonly Value[]): Value {
  if (value === null || value === undefined) throw new Error('slice of untyped nil');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof value !== 'string' && !isList(value)) throw new Error(`can't slice item of type ${typeOf(value)}`);
  if (typeof value === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string');
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : undefined;
  const length = bytes?.length ?? (value as readonly Value[]).length;
  const [from = 0, to = length, capacity = length] = indexes.map((index) => checkedIndex(index, length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (to > capacity) throw new Error(`invalid slice index: ${to} > ${capacity}`);
  return bytes === undefined ? (value as readonly Value[]).slice(from, to) : new TextDecoder().decode(bytes.subarray(from, to));
}

/** Spaces go between two neighbours of which neither is a text, as `fmt.Sprint` has it. */
function printWith(values: readonly Value[], spaced: (left: Value, right: Value) => boolean): string {
  return values.map((value, at) => (at > 0 && spaced(values[at - 1], value) ? ` ${show(value)}` : show(value))).join('');
}

function printArguments(values: readonly Value[]): string {
  return values.length === 1 && typeof values[0] === 'string'
    ? values[0]
    : printWith(values, (left, right) => typeof left !== 'string' && typeof right !== 'string');
}

function escapeScript(text: string): string {
  const named: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are escaped
  return text.replace(/[\\'"<>&=\u0000-\u001f]/g, (character) => {
    return named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

type BasicKind = 'bool' | 'int' | 'float' | 'string';

function basicKind(value: Value): BasicKind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return typeof value === 'number' && Number.isSafeInteger(value) ? 'int' : 'float';
  throw new Error('invalid type for comparison');
}

function areEqual(left: Value, right: Value): boolean {
  const nothing = (value: Value) => value === null || value === undefined;
  if (nothing(left) || nothing(right)) return nothing(left) && nothing(right);
  if (structName(left) !== undefined && structName(left) === structName(right)) {
    return fieldsOf(left as object).every((field, index) => areEqual(field, fieldsOf(right as object)[index]));
  }
  if (isUncomparable(left) || isUncomparable(right)) {
    const culprit = isUncomparable(left) ? left : right;
    throw new Error(`non-comparable type ${show(culprit)}: ${typeOf(culprit)}`);
  }
  if (basicKind(left) !== basicKind(right)) throw new Error('incompatible types for comparison');
  return typeof left === 'bigint' || typeof right === 'bigint'
    ? BigInt(left as bigint) === BigInt(right as bigint)
    : left === right;
}

function isUncomparable(value: Value): boolean {
  return isList(value) || mapEntries(value) !== undefined || structName(value) !== undefined;
}

function isLess(left: Value, right: Value): boolean {
  const kind = basicKind(left);
  if (kind !== basicKind(right)) throw new Error('incompatible types for comparison');
  if (kind === 'bool') throw new Error('invalid type for comparison');
  return (left as number | bigint | string) < (right as number | bigint | string);
}

function comparison(name: string, values: readonly Value[], compare: (left: Value, right: Value) => boolean): boolean {
  requireCount(name, values, 2, 2);
  return compare(values[0], values[1]);
}
