/** A template that can't be parsed or executed. The message is the one that Go's `text/template` gives. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
