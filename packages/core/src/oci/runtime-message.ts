import { parseJson } from '../parse-json.ts';

/**
 * What went wrong, in the runtime's own words: its output (stderr or log file) without times, levels and quoting. Understands
 * JSON lines, `time=… level=… msg="…"` lines, and plain text, in any mixture. When some lines are errors, the others are left out.
 * Empty when there are no words.
 */
export function runtimeMessage(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => parseJsonLine(line) ?? parseKeyValueLine(line) ?? { level: undefined, text: line });
  const errors = lines.filter(({ level }) => level !== undefined && errorLevels.has(level));
  const plain = lines.filter(({ level }) => level === undefined);
  const chosen = [errors, plain, lines].find((some) => some.length > 0) ?? [];
  return [...new Set(chosen.map(({ text }) => text))].join('; ');
}

interface LogLine {
  readonly level: string | undefined;
  readonly text: string;
}

const errorLevels: ReadonlySet<string> = new Set(['error', 'fatal', 'panic']);

function parseJsonLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null || !('msg' in value) || typeof value.msg !== 'string') return undefined;
  const level = 'level' in value && typeof value.level === 'string' ? value.level : 'error';
  return { level, text: value.msg };
}

function parseKeyValueLine(line: string): LogLine | undefined {
  const found = /^time=(?:"[^"]*"|\S+) level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line);
  if (found === null) return undefined;
  const [, level, quoted = ''] = found;
  const text = quoted.startsWith('"') ? parseJson(quoted) : quoted;
  return { level, text: typeof text === 'string' ? text : quoted.slice(1, -1) };
}
