import { InvalidArgumentError } from './errors.ts';

/** What an argument must be; for programs whose types nobody has checked. */
export type Kind =
  | 'a string'
  | 'a boolean'
  | 'a number'
  | 'a date'
  | 'a function'
  | 'an object'
  | 'an array'
  | 'an array of strings'
  | 'an object of strings';

const isString = (value: unknown) => typeof value === 'string';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  'a string': isString,
  'a boolean': (value) => typeof value === 'boolean',
  'a number': (value) => typeof value === 'number' && !Number.isNaN(value),
  'a date': (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  'a function': (value) => typeof value === 'function',
  'an object': isObject,
  'an array': Array.isArray,
  'an array of strings': (value) => Array.isArray(value) && value.every(isString),
  'an object of strings': (value) => isObject(value) && Object.values(value).every(isString),
};

/** @throws {InvalidArgumentError} `wrong-type` */
export function checkType(what: string, value: unknown, kind: Kind): void {
  if (fits[kind](value)) return;
  throw new InvalidArgumentError(`${what} must be ${kind}, and is ${describe(value)}`, { code: 'wrong-type' });
}

/** Checks the options of a method, as far as they are given. @throws {InvalidArgumentError} `wrong-type` */
export function checkOptionTypes<Options extends object>(
  method: string,
  options: Options,
  kinds: { readonly [Key in keyof Options]?: Kind },
): void {
  checkType(`the argument of ${method}`, options, 'an object');
  for (const [key, kind] of Object.entries(kinds) as [keyof Options & string, Kind][]) {
    if (options[key] !== undefined) checkType(`${key} of ${method}`, options[key], kind);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
