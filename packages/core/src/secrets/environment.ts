/** `NAME=VALUE` each; the secrets' win. */
export function withVariables(environment: readonly string[], secrets: readonly string[]): string[] {
  const names = new Set(secrets.map(nameOf));
  return [...environment.filter((variable) => !names.has(nameOf(variable))), ...secrets];
}

export function nameOf(variable: string): string {
  return variable.slice(0, variable.indexOf('='));
}
