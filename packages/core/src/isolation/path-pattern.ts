/**
 * Whether a path matches a pattern as Go's filepath.Match has it: `*` and `?` don't match a slash, `[a-z]` and `[^a-z]` are classes,
 * a backslash takes the next character as it is. A malformed pattern matches nothing.
 */
export function matchesPath(pattern: string, path: string): boolean {
  try {
    return new RegExp(`^${translate(pattern)}$`, 'u').test(path);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function translate(pattern: string): string {
  return pattern.replace(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[*?]|[^\w]/gsu, (text, escaped, negated, characters) => {
    if (escaped !== undefined) return literal(escaped);
    if (characters !== undefined) return `[${negated}${characters.replace(/[[&~|^]/g, '\\$&')}]`;
    if (text === '*') return '[^/]*';
    if (text === '?') return '[^/]';
    return text === '[' ? text : literal(text);
  });
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
