import type { Report, ShapedDocument } from './template-report.ts';

/** How the answer of a command is to be printed: as JSON, or as the text that a template makes of its rows. */
export type Format<Row> = 'json' | ((rows: readonly Row[]) => string);

/**
 * Reads the `--format` of a command that lists rows: `json`, a Go template that is used for each row, or `table TEMPLATE`, which makes
 * aligned columns of it, with titles unless `heading` is false. Undefined: the flag was not given.
 * @throws {TemplateError} with Go's message, when it is read or when it is used.
 */
export async function readFormat<Row>(
  format: string | undefined,
  report: Report<Row>,
  { heading = true }: { readonly heading?: boolean } = {},
): Promise<Format<Row> | undefined> {
  if (format === undefined) return undefined;
  if (isJson(format)) return 'json';
  const { rowsTemplate } = await import('./template-report.ts');
  return rowsTemplate(format, report, heading);
}

/** As `readFormat`, for whole documents such as those of `inspect`. */
export async function readDocumentsFormat(format: string | undefined, name: string): Promise<Format<ShapedDocument> | undefined> {
  if (format === undefined) return undefined;
  if (isJson(format)) return 'json';
  const { documentsTemplate } = await import('./template-report.ts');
  return documentsTemplate(format, name);
}

/** As `readDocumentsFormat`, for the one document of a command. */
export async function readDocumentFormat(
  format: string | undefined,
  name: string,
): Promise<'json' | ((document: ShapedDocument) => string) | undefined> {
  if (format === undefined) return undefined;
  if (isJson(format)) return 'json';
  const { documentTemplate } = await import('./template-report.ts');
  return documentTemplate(format, name);
}

/** podman takes these for the word `json`, too. */
function isJson(format: string): boolean {
  return /^\s*(json|\{\{\s*json\s*\.?\s*\}\})\s*$/.test(format);
}
