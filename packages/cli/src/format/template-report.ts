import { goDuration } from '@tspod/core';
import {
  compileTemplate,
  goTime,
  nilPointer,
  podmanFunctions,
  printable,
  struct,
  type Template,
  TemplateError,
} from '@tspod/gotemplate';
import { alignTabs } from './align-tabs.ts';
import { type DocumentShape, listEntry } from './document-shape.ts';

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

/** A document of `inspect` and the like. */
export interface ShapedDocument {
  readonly document: object;
  readonly shape: DocumentShape;
}

export function rowsTemplate<Row>(
  format: string,
  { name, type, fields }: Report<Row>,
  heading: boolean,
): (rows: readonly Row[]) => string {
  const describe = (row: Row) =>
    struct(type, Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, valueFrom(one)(row)])));
  if (!format.startsWith('table ')) {
    const template = forEachRow(withEscapes(format), format, name);
    return (rows) => template(rows.map(describe));
  }
  const columns = format.slice('table '.length).trim();
  const template = forEachRow(withEscapes(columns).replaceAll(' ', '\t'), columns, name);
  const titles = Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, titleOf(field, one)]));
  return (rows) => alignTabs((heading ? template([titles]) : '') + template(rows.map(describe)));
}

/** The template is used for each of the documents, unless it goes through them itself. `name` is for messages. */
export function documentsTemplate(format: string, name: string): (documents: readonly ShapedDocument[]) => string {
  const isTable = format.startsWith('table ');
  const escaped = withEscapes(isTable ? format.slice('table '.length).trim() : format);
  const line = isTable ? escaped.replaceAll(' ', '\t') : escaped;
  const template = compileRows(line, name);
  return (documents) => {
    const text = template(documents.map(({ document, shape }) => templateValue(document, shape)));
    return isTable ? alignTabs(text) : text;
  };
}

/** As `documentsTemplate`, with the one document as the template's data. */
export function documentTemplate(format: string, name: string): (document: ShapedDocument) => string {
  const template = compile(withNewline(withEscapes(format)), name);
  return ({ document, shape }) => template(templateValue(document, shape));
}

/** With `\t` and `\n` for what they say; where that breaks the template, as it was written. Each row ends a line. */
function forEachRow(normal: string, written: string, name: string): Template {
  try {
    return compileRows(normal, name);
  } catch (error) {
    if (!(error instanceof TemplateError) || normal === written) throw error;
    return compileRows(written, name);
  }
}

/** A template that goes through everything itself has `{{range .}}` in it. */
const ownLoop = /\{\{\s*range\s*\.\s*\}\}/;

function compileRows(format: string, name: string): Template {
  if (ownLoop.test(format)) return compile(withNewline(format), name);
  compile(`{{range .}}${format}{{end}}`, name); // complains of the template as it was written, in one line
  return compile(`{{range .}}${withNewline(format)}{{end}}`, name);
}

function compile(source: string, name: string): Template {
  return compileTemplate(source, { name, functions: podmanFunctions });
}

function withNewline(format: string): string {
  return format.endsWith('\n') ? format : `${format}\n`;
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

function templateValue(document: object, shape: DocumentShape): unknown {
  return goValue(document, shape, { path: [], type: shape.type });
}

interface Place {
  /** Names of the objects that the value is in, and its own. */
  readonly path: readonly string[];
  readonly type: string;
}

function goValue(value: unknown, shape: DocumentShape, { path, type }: Place): unknown {
  const name = path.at(-1) ?? '';
  const isOneOf = (names: readonly string[] = []) => names.includes(name) || names.includes(path.slice(-2).join('.'));
  if (isOneOf(shape.maps)) return value === null ? emptyOf({}) : mapOf(value, shape, { path, type });
  if (value === null || value === undefined) return isOneOf(shape.pointers) ? nilPointer : emptyOf([]);
  if (typeof value === 'string' && isOneOf(shape.times)) return goTime(value);
  if (typeof value === 'number' && isOneOf(shape.durations))
    return printable('time.Duration', { text: goDuration(value), json: value }, {});
  if (Array.isArray(value)) return value.map((entry) => goValue(entry, shape, { path, type }));
  if (typeof value !== 'object') return value;
  const converted = (members: object) =>
    Object.entries(members).map(([key, member]) => {
      const place = { path: [...path, key], type: shape.types?.[key] ?? `${type}.${key}` };
      return [key, goValue(member, shape, place)] as const;
    });
  const described = struct(type, Object.fromEntries(converted(value)));
  // these can be asked for, and are not shown with the rest
  for (const [key, member] of converted(shape.more?.[name]?.(value as Record<string, unknown>) ?? {}))
    if (!Object.hasOwn(described, key)) Object.defineProperty(described, key, { value: member });
  return described;
}

/** A map: its empty values are structs without fields, as Go makes sets; null is an empty list, and what is in lists are structs. */
function mapOf(value: unknown, shape: DocumentShape, { path, type }: Place): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const converted = (member: unknown) => {
    if (member === null) return emptyOf([]);
    if (Array.isArray(member))
      return member.map((entry) => goValue(entry, shape, { path: [...path, listEntry], type: `${type}.${listEntry}` }));
    return JSON.stringify(member) === '{}' ? struct('struct {}', {}) : member;
  };
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, converted(member)]));
}

/** Prints as an empty list or map, and is null in JSON, as Go has it. */
function emptyOf<Empty extends object>(empty: Empty): Empty {
  return Object.defineProperty(empty, 'toJSON', { value: () => null });
}
