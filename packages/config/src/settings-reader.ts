import type { TomlTable, TomlValue } from 'smol-toml';
import { invalidConfiguration } from './invalid-configuration.ts';
import type { Layer } from './layers.ts';

interface Found {
  readonly value: TomlValue;
  readonly file: string;
}

/** Typed access to what layers say. Keys are dotted paths; what is missing gives the fallback, a wrong type `invalid-configuration`. */
export interface SettingsReader {
  text<Fallback extends string | undefined>(key: string, fallback: Fallback): string | Fallback;
  /** One of `choices`; an empty text counts as missing. */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined;
  wholeNumber(key: string, fallback: number): number;
  flag(key: string, fallback: boolean): boolean;
  /**
   * A list of texts. One that has `{append=true}` among its items adds to what earlier layers say, and so do those of later
   * layers until one has `{append=false}` (containers.conf(5), "Appending to String Arrays").
   */
  texts(key: string, fallback: readonly string[]): readonly string[];
  /** A list of `name=value`. */
  pairs(key: string, fallback: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** A table of texts, or of lists of texts, merged key by key. */
  textTable(key: string): Readonly<Record<string, string>>;
  textsTable(key: string): Readonly<Record<string, readonly string[]>>;
  /** Every item of a list of tables, of all layers. */
  tables(key: string): readonly TomlTable[];
  /** The file that `key` was found in last. */
  origin(key: string): string | undefined;
  /** The file of each name in a table. */
  tableOrigins(key: string): Readonly<Record<string, string>>;
  /** An error about the value of `key` in the last layer that has it. */
  wrong(key: string, expected: string): Error;
}

/** @param origins gets the file that each value came from */
export function createSettingsReader(layers: readonly Layer[], origins: Map<string, string>): SettingsReader {
  function all(key: string): Found[] {
    const found = layers.flatMap(({ file, table }) => {
      const value = descend(table, key.split('.'), file);
      return value === undefined ? [] : [{ value, file }];
    });
    const last = found.at(-1);
    if (last !== undefined) origins.set(key, last.file);
    return found;
  }

  function last<Value extends TomlValue>(
    key: string,
    expected: string,
    isValue: (value: TomlValue) => value is Value,
  ): Value | undefined {
    const found = all(key).at(-1);
    if (found === undefined) return undefined;
    if (!isValue(found.value)) throw mismatch(found, key, expected);
    return found.value;
  }

  const text = (key: string) => last(key, 'a text', isText);

  function texts(key: string, fallback: readonly string[]): readonly string[] {
    let result = fallback;
    let appending = false;
    for (const found of all(key)) {
      const { items, append } = listOfTexts(found, key);
      appending = append ?? appending;
      result = appending ? [...result, ...items] : items;
    }
    return result;
  }

  function mergedTable<Value>(key: string, read: (found: Found, key: string) => Value): Record<string, Value> {
    const merged: Record<string, Value> = {};
    for (const { value: table, file } of all(key)) {
      if (!isTable(table)) throw mismatch({ value: table, file }, key, 'a table');
      for (const [name, value] of Object.entries(table)) merged[name] = read({ value, file }, `${key}.${name}`);
    }
    return merged;
  }

  return {
    text: (key, fallback) => text(key) ?? fallback,

    choice<Choice extends string>(key: string, choices: readonly Choice[]) {
      const expected = `one of ${choices.join(', ')}`;
      const value = text(key);
      if (value === undefined || value === '') return undefined;
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw this.wrong(key, expected);
      return choice;
    },

    wholeNumber: (key, fallback) => last(key, 'a whole number', isWholeNumber) ?? fallback,
    flag: (key, fallback) => last(key, 'true or false', isFlag) ?? fallback,
    texts,

    pairs(key, fallback) {
      if (all(key).length === 0) return fallback;
      const pairs = texts(key, []).map((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) throw this.wrong(key, `a list of name=value`);
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
      return Object.fromEntries(pairs);
    },

    textTable: (key) =>
      mergedTable(key, (found, name) => {
        if (!isText(found.value)) throw mismatch(found, name, 'a text');
        return found.value;
      }),

    textsTable: (key) => mergedTable(key, (found, name) => listOfTexts(found, name).items),

    tables: (key) =>
      all(key).flatMap((found) => {
        if (!Array.isArray(found.value) || !found.value.every(isTable)) throw mismatch(found, key, 'a list of tables');
        return found.value;
      }),

    origin: (key) => all(key).at(-1)?.file,

    tableOrigins: (key) =>
      Object.fromEntries(
        all(key).flatMap(({ value, file }) => (isTable(value) ? Object.keys(value).map((name) => [name, file]) : [])),
      ),

    wrong(key, expected) {
      const found = all(key).at(-1);
      return found === undefined ? new Error(`${key} is not set, so it can't be wrong`) : mismatch(found, key, expected);
    },
  };
}

function descend(table: TomlTable, [name, ...rest]: readonly string[], file: string, path = ''): TomlValue | undefined {
  if (name === undefined || !Object.hasOwn(table, name)) return undefined;
  const value = table[name];
  if (rest.length === 0 || value === undefined) return value;
  const reached = path + name;
  if (!isTable(value)) throw mismatch({ value, file }, reached, 'a table');
  return descend(value, rest, file, `${reached}.`);
}

function listOfTexts(found: Found, key: string): { readonly items: readonly string[]; readonly append: boolean | undefined } {
  const expected = 'a list of texts';
  if (!Array.isArray(found.value)) throw mismatch(found, key, expected);
  let append: boolean | undefined;
  const items = found.value.filter((item) => {
    if (isText(item)) return true;
    if (!isTable(item) || !isFlag(item.append ?? 0)) throw mismatch({ ...found, value: item }, key, expected);
    append = item.append === true;
    return false;
  });
  return { items: items.filter(isText), append };
}

function mismatch({ value, file }: Found, key: string, expected: string): Error {
  return invalidConfiguration(file, `${key} must be ${expected}, not ${describe(value)}`);
}

function describe(value: TomlValue): string {
  if (Array.isArray(value)) return 'a list';
  return isTable(value) ? 'a table' : JSON.stringify(value);
}

function isText(value: TomlValue): value is string {
  return typeof value === 'string';
}

function isFlag(value: TomlValue): value is boolean {
  return typeof value === 'boolean';
}

function isWholeNumber(value: TomlValue): value is number {
  return Number.isSafeInteger(value);
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
