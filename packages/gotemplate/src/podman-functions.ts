import { type TemplateFunction, WrongType } from './builtins.ts';
import { isList, mapEntries, show, type Value } from './values.ts';

/** The functions that podman and docker add for `--format`. */
export const podmanFunctions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => goJson(value),
  join: (list, separator) => words(0, list).join(text(1, separator)),
  lower: (value) => text(0, value).toLowerCase(),
  upper: (value) => text(0, value).toUpperCase(),
  title: (value) =>
    text(0, value).replace(/(^|[^\p{L}\p{Nd}_'])(\p{L})/gu, (_all, before, letter) => before + letter.toUpperCase()),
  split: (value, separator) => text(0, value).split(text(1, separator)),
  truncate: (value, length) => [...text(0, value)].slice(0, count(1, length)).join(''),
  pad: (value, before, after) => {
    const padded = text(0, value);
    return padded === '' ? '' : ' '.repeat(count(1, before)) + padded + ' '.repeat(count(2, after));
  },
};

/** JSON as Go's encoder prints it: maps in the order of their keys; HTML's characters stay as they are, as podman has it. */
export function goJson(value: Value): string {
  return (
    JSON.stringify(value, (_key, entry: Value) => {
      if (typeof entry === 'bigint') return Number(entry);
      const entries = mapEntries(entry);
      return entries === undefined ? entry : Object.fromEntries(entries);
    }) ?? 'null'
  );
}

function text(index: number, value: Value): string {
  if (typeof value === 'string') return value;
  throw new WrongType(index, 'string', value);
}

function words(index: number, value: Value): readonly string[] {
  if (value === null || value === undefined) return [];
  if (isList(value)) return value.map((entry) => (typeof entry === 'string' ? entry : show(entry)));
  throw new WrongType(index, '[]string', value);
}

function count(index: number, value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new WrongType(index, 'int', value);
}
