import { InvalidArgumentError } from '../errors.ts';
import { hostId, type IdMaps } from '../isolation/id-maps.ts';
import type { MountedSecret } from './requests.ts';

/** Whom the host knows the owner of a secret's file as. @throws {InvalidArgumentError} `invalid-secret` */
export function ownerOnHost(
  { name, uid, gid }: Pick<MountedSecret, 'name' | 'uid' | 'gid'>,
  idMaps: IdMaps | undefined,
): { readonly uid: number; readonly gid: number } {
  if (idMaps === undefined) return { uid, gid };
  const owner = { uid: hostId(idMaps.uid, uid), gid: hostId(idMaps.gid, gid) };
  if (owner.uid !== undefined && owner.gid !== undefined) return { uid: owner.uid, gid: owner.gid };
  throw new InvalidArgumentError(`the owner ${uid}:${gid} of secret ${name} is not in the container's user namespace`, {
    code: 'invalid-secret',
    hint: 'give it an owner that the id maps of the container have',
  });
}
