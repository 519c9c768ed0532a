import { checkType } from '../argument-types.ts';
import type { Image } from '../contracts/image-store.ts';
import { NotFoundError } from '../errors.ts';
import { isId } from '../id.ts';
import { candidateReferences } from '../reference.ts';
import type { RuntimeParts } from './parts.ts';

/** The image, and the name by which it was found; no name when it was found by id or digest. */
export async function findImage(
  parts: RuntimeParts,
  reference: string,
): Promise<{ readonly image: Image; readonly name: string | undefined } | undefined> {
  checkType('the name or id of an image', reference, 'a string');
  const digits = reference.replace(/^sha256:/, '');
  if (/^[0-9a-f]+$/.test(digits)) {
    const image = await parts.images.lookup({ idOrPrefix: digits, names: [] });
    if (image !== undefined) return { image, name: undefined };
    if (isId(digits)) return undefined;
  }
  const names = candidateReferences(reference, parts.defaults);
  const image = await parts.images.lookup({ names });
  if (image === undefined) return undefined;
  return { image, name: names.find((name) => image.names.includes(name)) };
}

export function noSuchImage(reference: string): NotFoundError {
  return new NotFoundError(`${reference}: image not known`, {
    code: 'no-such-image',
    hint: 'list what is there with `tspod images`, or bring it in with `tspod pull` or `tspod load`',
  });
}
