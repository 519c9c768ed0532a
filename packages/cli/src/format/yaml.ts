/** A document as YAML, keys in alphabetical order as podman prints them. */
export function formatYaml(value: unknown): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: unknown): string[] {
  if (Array.isArray(value)) return value.length === 0 ? ['[]'] : value.flatMap(item);
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  if (entries.length === 0) return ['{}'];
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([key, member]) => entry(key, member));
}

function entry(key: string, value: unknown): string[] {
  const [first = '', ...rest] = lines(value);
  if (!isCollection(value)) return [`${key}: ${first}`, ...rest.map((line) => `  ${line}`)];
  const indent = Array.isArray(value) ? '' : '  ';
  return [`${key}:`, ...[first, ...rest].map((line) => indent + line)];
}

function item(value: unknown): string[] {
  return lines(value).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string[] {
  if (typeof value !== 'string') return [String(value)];
  if (value.includes('\n')) return ['|-', ...value.split('\n')];
  return [isPlain(value) ? value : JSON.stringify(value)];
}

/** Whether YAML reads it back as the same string without quotation marks. */
function isPlain(text: string): boolean {
  return /^[A-Za-z/_][\w /.,+@=()~-]*$/.test(text) && !/\s$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n|_)$/i.test(text);
}
