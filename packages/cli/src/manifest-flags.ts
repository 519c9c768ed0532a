import { UsageError } from './grammar/usage-error.ts';

/** What a list says of an image in place of what the image says of itself. */
export const entryFlags = {
  annotation: { kind: 'stringArray', help: 'Annotation of the entry, KEY=VALUE' },
  arch: { kind: 'string', help: 'Architecture' },
  features: { kind: 'strings', help: 'Features of the architecture' },
  os: { kind: 'string', help: 'Operating system' },
  'os-version': { kind: 'string', help: 'Version of the operating system' },
  variant: { kind: 'string', help: 'Variant of the architecture' },
} as const;

interface EntryFlagValues {
  readonly annotation: readonly string[];
  readonly arch: string | undefined;
  readonly features: readonly string[];
  readonly os: string | undefined;
  readonly 'os-version': string | undefined;
  readonly variant: string | undefined;
}

/** @throws {UsageError} for an annotation without a value. */
export function entryChanges(flags: EntryFlagValues) {
  const annotations = flags.annotation.map((text) => {
    const equals = text.indexOf('=');
    if (equals === -1) throw new UsageError(`no value given for annotation "${text}"`);
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  const { arch: architecture, os, variant, features } = flags;
  return { architecture, os, osVersion: flags['os-version'], variant, features, annotations: Object.fromEntries(annotations) };
}
