export type { TemplateFunction } from './builtins.ts';
export { goJson, podmanFunctions } from './podman-functions.ts';
export { compileTemplate, type Template, type TemplateOptions } from './template.ts';
export { TemplateError } from './template-error.ts';
export { goTime } from './time.ts';
export { nilPointer, printable, struct, type Value } from './values.ts';
