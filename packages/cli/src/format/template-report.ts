import { compileTemplate, podmanFunctions, struct, type Template, TemplateError } from '@tspod/gotemplate';
import { alignTabs } from './align-tabs.ts';

/** What the templates of a command can say about each of its rows. */
export interface Report<Row> {
  /** The command's name, for messages. */
  readonly name: string;
  /** podman's name of the type, for messages. */
  readonly type: string;
  /** By the field's name: its value, and before it the title of its column where that is not the name in capitals. */
  readonly fields: Readonly<Record<string, ReportField<Row>>>;
}

export type ReportField<Row> = FieldValue<Row> | readonly [title: string, value: FieldValue<Row>];
type FieldValue<Row> = (row: Row) => unknown;

/** What the templates of a command can say about its documents. */
export interface DocumentReport {
  readonly name: string;
  readonly type: string;
  /** Names of members whose values are maps with keys of the user's; all other objects are structs, of which an unknown field is an error. */
  readonly maps?: readonly string[];
}

export function rowsTemplate<Row>(format: string, { name, type, fields }: Report<Row>): (rows: readonly Row[]) => string {
  const describe = (row: Row) =>
    struct(type, Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, valueFrom(one)(row)])));
  if (!format.startsWith('table ')) {
    const template = forEachRow(withEscapes(format), format, name);
    return (rows) => template(rows.map(describe));
  }
  const columns = format.slice('table '.length).trim();
  const template = forEachRow(withEscapes(columns).replaceAll(' ', '\t'), columns, name);
  const titles = Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, titleOf(field, one)]));
  return (rows) => alignTabs(template([titles]) + template(rows.map(describe)));
}

export function documentsTemplate(
  format: string,
  { name, type, maps = [] }: DocumentReport,
): (documents: readonly object[]) => string {
  const template = forEachRow(withEscapes(format.replace(/^table /, '')), format, name);
  return (documents) => template(documents.map((document) => asStruct(type, document, new Set(maps))));
}

/** With `\t` and `\n` for what they say; where that breaks the template, as it was written. Each row ends a line. */
function forEachRow(normal: string, written: string, name: string): Template {
  try {
    return compile(normal, name);
  } catch (error) {
    if (!(error instanceof TemplateError) || normal === written) throw error;
    return compile(written, name);
  }
}

function compile(format: string, name: string): Template {
  const line = format.endsWith('\n') ? format : `${format}\n`;
  const source = /^\s*\{\{-?\s*range\b/.test(line) ? line : `{{range .}}${line}{{end}}`;
  return compileTemplate(source, { name, functions: podmanFunctions });
}

function withEscapes(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n').replaceAll('\\r', '\r').replaceAll('\\v', '\v');
}

function valueFrom<Row>(field: ReportField<Row>): FieldValue<Row> {
  return typeof field === 'function' ? field : field[1];
}

function titleOf<Row>(name: string, field: ReportField<Row>): string {
  return typeof field === 'function' ? titleFrom(name) : field[0];
}

/** `CreatedAt` is CREATED AT, `ImageID` is IMAGE ID. */
function titleFrom(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toUpperCase();
}

function asStruct(type: string, value: unknown, maps: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((entry) => asStruct(type, entry, maps));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [
    key,
    maps.has(key) ? member : asStruct(`${type}.${key}`, member, maps),
  ]);
  return struct(type, Object.fromEntries(members));
}
