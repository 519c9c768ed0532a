/**
 * The texts between commas, as a line of CSV has them: one in quotation marks may have commas, and `""` for a mark. None for an empty text;
 * undefined: the marks don't pair.
 */
export function splitCommaList(text: string): string[] | undefined {
  if (!text.includes('"')) return text === '' ? [] : text.split(',');
  const values: string[] = [];
  let position = 0;
  for (;;) {
    const [match, quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/.exec(text.slice(position)) ?? [];
    if (match === undefined) return undefined;
    values.push(quoted?.replaceAll('""', '"') ?? plain);
    position += match.length + 1;
    if (position > text.length) return values;
  }
}
