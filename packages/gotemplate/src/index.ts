export type { TemplateFunction } from './builtins.ts';
export { goJson, podmanFunctions } from './podman-functions.ts';
export { compileTemplate, type Template, type TemplateOptions } from './template.ts';
export { TemplateError } from './template-error.ts';
export { struct, type Value } from './values.ts';
