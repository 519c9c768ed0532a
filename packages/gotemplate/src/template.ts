import { builtins, type TemplateFunction } from './builtins.ts';
import { evaluate } from './evaluate.ts';
import { parse } from './parser.ts';
import type { Value } from './values.ts';

export interface TemplateOptions {
  /** For messages, as podman has the command's name. Default: `template`. */
  readonly name?: string | undefined;
  /** Functions of one's own; they win over the built-in ones. */
  readonly functions?: Readonly<Record<string, TemplateFunction>> | undefined;
}

/** A parsed template: gives the text for some data. */
export type Template = (data: Value) => string;

/**
 * Parses a template in the language of Go's `text/template`.
 * @throws {TemplateError} with Go's message; so does the template that it answers, when the data does not fit.
 */
export function compileTemplate(source: string, options: TemplateOptions = {}): Template {
  const { name = 'template', functions = {} } = options;
  const isFunction = (wanted: string) =>
    wanted === 'and' || wanted === 'or' || Object.hasOwn(functions, wanted) || Object.hasOwn(builtins, wanted);
  const templates = parse(name, source, isFunction);
  return (data) => evaluate({ name, source, templates, functions }, data);
}
