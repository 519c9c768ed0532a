import { parse, TomlError, type TomlTable } from 'smol-toml';
import type { FileAccess } from './file-access.ts';
import { invalidConfiguration } from './invalid-configuration.ts';

/** One file's tables. Of several layers, later ones win key by key. */
export interface Layer {
  readonly file: string;
  readonly table: TomlTable;
}

/** The layers of those files that exist. */
export function readLayers(paths: readonly string[], files: FileAccess): Layer[] {
  return paths.flatMap((path) => readLayer(path, files) ?? []);
}

function readLayer(file: string, files: FileAccess): Layer | undefined {
  const text = files.read(file);
  return text === undefined ? undefined : { file, table: parseToml(file, text) };
}

/** @param variable environment variable that names the file, which has to exist then */
export function readNamedLayer(variable: string, file: string, files: FileAccess): Layer {
  const layer = readLayer(file, files);
  if (layer === undefined) throw invalidConfiguration(file, `there is no such file, but ${variable} names it`);
  return layer;
}

/** The first of the files that exists, if any. */
export function readFirstLayer(paths: readonly string[], files: FileAccess): Layer[] {
  for (const path of paths) {
    const layer = readLayer(path, files);
    if (layer !== undefined) return [layer];
  }
  return [];
}

function parseToml(file: string, text: string): TomlTable {
  try {
    return parseWithoutComments(text) ?? parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    throw invalidConfiguration(file, `line ${error.line}, column ${error.column}: not valid TOML: ${problem}`, error);
  }
}

/**
 * The files that distributions ship are comments for the most part, and the parser takes five times as long over those as the
 * removal of their lines. Undefined when that might change the meaning, or when there is an error whose place is needed.
 */
function parseWithoutComments(text: string): TomlTable | undefined {
  if (/"""|'''/.test(text)) return undefined;
  try {
    return parse(text.replace(/^[ \t]*(?:#.*)?\r?\n/gm, ''));
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}
