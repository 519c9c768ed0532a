import { UsageError } from './grammar/usage-error.ts';

/**
 * Whether a `--format` asks for JSON.
 * @throws {UsageError} for a template.
 */
export function wantsJson(format: string | undefined): boolean {
  if (format === undefined) return false;
  if (format === 'json') return true;
  throw new UsageError(
    `can't print in the format ${JSON.stringify(format)}: templates are not available in this version, --format json is`,
  );
}
