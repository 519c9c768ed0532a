import type { NamespaceMode } from '../container/config.ts';
import { InvalidArgumentError, NotSupportedError } from '../errors.ts';
import type { IdMapping } from '../oci/spec.ts';
import { type AutoIdMaps, type IdMapsRequest, type IdRange, subordinateIds } from './id-maps.ts';

export interface UserNamespaceFlags {
  readonly userns: string | undefined;
  /** `CONTAINER:HOST:SIZE` each. */
  readonly uidmap: readonly string[];
  readonly gidmap: readonly string[];
  /** Users of /etc/subuid and /etc/subgid whose ids are used. */
  readonly subuidname: string | undefined;
  readonly subgidname: string | undefined;
}

export interface UserNamespaceRequest {
  readonly mode?: NamespaceMode | undefined;
  readonly idMaps?: IdMapsRequest | undefined;
}

/**
 * What flags say about the user namespace.
 * @param read gives the content of /etc/subuid or /etc/subgid.
 * @throws {InvalidArgumentError} `invalid-id-map`, `invalid-option`; {NotSupportedError} `rootless-only`.
 */
export function parseUserNamespace(flags: UserNamespaceFlags, read: (path: string) => string): UserNamespaceRequest {
  const { userns, uidmap, gidmap, subuidname, subgidname } = flags;
  const isMapped = uidmap.length > 0 || gidmap.length > 0 || subuidname !== undefined || subgidname !== undefined;
  if (isMapped) {
    if (userns !== undefined && userns !== '') {
      throw invalid('--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive', 'invalid-option');
    }
    const ofName = (path: string, name: string) => contiguous(subordinateIds(read(path), name, path));
    const uids = uidmap.length > 0 ? uidmap.map((text) => parseMap('UID', text)) : undefined;
    const gids = gidmap.length > 0 ? gidmap.map((text) => parseMap(uids === undefined ? 'UID' : 'GID', text)) : undefined;
    const uidName = subuidname ?? (uids === undefined && gids === undefined ? subgidname : undefined);
    const gidName = subgidname ?? (uids === undefined && gids === undefined ? subuidname : undefined);
    const uid = uidName === undefined ? (uids ?? gids) : ofName('/etc/subuid', uidName);
    const gid = gidName === undefined ? (gids ?? uids) : ofName('/etc/subgid', gidName);
    return { idMaps: { uid: uid ?? gid ?? [], gid: gid ?? uid ?? [] } };
  }
  if (userns === undefined || userns === '') return {};
  if (userns === 'keep-id' || userns.startsWith('keep-id:') || userns === 'nomap') {
    throw new NotSupportedError(`${userns.split(':')[0]} is only supported in rootless mode`, {
      code: 'rootless-only',
      hint: 'as root use --userns auto, or --uidmap and --gidmap',
    });
  }
  if (userns === 'auto' || userns.startsWith('auto:')) return { idMaps: { auto: parseAuto(userns.slice('auto:'.length)) } };
  if (userns === 'private') {
    throw invalid('must provide at least one UID or GID mapping to configure a user namespace', 'invalid-option');
  }
  if (userns === 'host' || /^(container|ns):./.test(userns)) return { mode: userns as NamespaceMode };
  throw invalid(`unrecognized namespace mode ${userns} passed`, 'invalid-option');
}

function parseAuto(text: string): AutoIdMaps {
  let auto: { size?: number; uid?: IdMapping[]; gid?: IdMapping[] } = {};
  for (const option of text.split(',').filter(Boolean)) {
    const [key = '', value = ''] = option.split(/=(.*)/s);
    if (key === 'size') {
      if (!/^\d+$/.test(value)) throw invalid(`strconv.ParseUint: parsing "${value}": invalid syntax`, 'invalid-option');
      auto = { ...auto, size: Number(value) };
    } else if (key === 'uidmapping') auto = { ...auto, uid: [...(auto.uid ?? []), parseMap('UID', value)] };
    else if (key === 'gidmapping') auto = { ...auto, gid: [...(auto.gid ?? []), parseMap('GID', value)] };
    else throw invalid(`unknown option specified: "${key}"`, 'invalid-option');
  }
  return auto;
}

function parseMap(kind: 'UID' | 'GID', text: string): IdMapping {
  const [containerID = -1, hostID = -1, size = 0, ...more] = text
    .split(':')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
  if (
    containerID < 0 ||
    hostID < 0 ||
    size <= 0 ||
    more.length > 0 ||
    [containerID, hostID, size].some((id) => id > 0xffff_ffff)
  ) {
    throw invalid(
      `initializing ID mappings: ${kind} setting is malformed expected ["uint32:uint32:uint32"]: ["${text}"]`,
      'invalid-id-map',
    );
  }
  return { containerID, hostID, size };
}

/** Maps the ids from 0 on to the ranges, one after the other. */
function contiguous(ranges: readonly IdRange[]): IdMapping[] {
  let containerID = 0;
  return ranges.map(({ start, size }) => {
    const mapping = { containerID, hostID: start, size };
    containerID += size;
    return mapping;
  });
}

function invalid(message: string, code: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code });
}
