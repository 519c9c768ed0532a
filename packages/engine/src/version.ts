/** Of the engine; the same as in every package.json, which a test checks. */
export const version = '0.1.0';
