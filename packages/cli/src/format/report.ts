import type { DocumentReport, Report } from './template-report.ts';

/** How the answer of a command is to be printed: as JSON, or as the text that a template makes of its rows. */
export type Format<Row> = 'json' | ((rows: readonly Row[]) => string);

/**
 * Reads the `--format` of a command that lists rows: `json`, a Go template that is used for each row, or `table TEMPLATE`, which makes
 * aligned columns with titles of it. Undefined: the flag was not given.
 * @throws {TemplateError} with Go's message, when it is read or when it is used.
 */
export async function readFormat<Row>(format: string | undefined, report: Report<Row>): Promise<Format<Row> | undefined> {
  if (format === undefined) return undefined;
  if (isJson(format)) return 'json';
  const { rowsTemplate } = await import('./template-report.ts');
  return rowsTemplate(format, report);
}

/** As `readFormat`, for whole documents such as those of `inspect`. */
export async function readDocumentFormat(
  format: string | undefined,
  report: DocumentReport,
): Promise<Format<object> | undefined> {
  if (format === undefined) return undefined;
  if (isJson(format)) return 'json';
  const { documentsTemplate } = await import('./template-report.ts');
  return documentsTemplate(format, report);
}

/** podman takes these for the word `json`, too. */
function isJson(format: string): boolean {
  return /^\s*(json|\{\{\s*json\s*\.?\s*\}\})\s*$/.test(format);
}
