import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { constants, createGzip } from 'node:zlib';
import { decompress, recordTarSplit, unpackTree } from '@tspod/archive';
import { InvalidArgumentError, type LayerContent } from '@tspod/core';

/** The content of a layer to be, unpacked where no other program looks for it. */
export interface StagedLayer extends LayerContent {
  readonly tree: string;
  readonly tarSplit: string;
  readonly uids: readonly number[];
  readonly gids: readonly number[];
}

/**
 * Unpacks a layer's archive below `directory` and notes how to put the same archive together again. No lock is held meanwhile, and
 * nothing is read twice.
 *
 * @throws {InvalidArgumentError} `archive-…` for what can't be a layer.
 */
export async function stageLayer(
  archive: AsyncIterable<Uint8Array>,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<StagedLayer> {
  const tree = join(directory, 'diff');
  const tarSplit = join(directory, 'tar-split.gz');
  mkdirSync(tree);
  chmodSync(tree, 0o555);
  const hash = createHash('sha256');
  let size = 0;
  const measured = async function* () {
    for await (const piece of decompress(archive)) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  };
  const split = openTarSplit(tarSplit);
  const uids = new Set<number>();
  const gids = new Set<number>();
  try {
    const owner = (ids: { readonly uid: number; readonly gid: number }) => {
      uids.add(ids.uid);
      gids.add(ids.gid);
      return ids;
    };
    await unpackTree(measured(), tree, { whiteouts: 'overlay', owner, observer: split.observer, signal });
  } finally {
    await split.end();
  }
  return { tree, tarSplit, digest: `sha256:${hash.digest('hex')}`, size, uids: sorted(uids), gids: sorted(gids) };
}

function openTarSplit(path: string) {
  const file = openSync(path, 'wx', 0o600);
  const names = new Set<string>();
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  let failure: unknown;
  gzip.on('data', (piece: Buffer) => {
    try {
      for (let written = 0; written < piece.length; ) written += writeSync(file, piece, written);
    } catch (error) {
      failure ??= error;
    }
  });
  const ended = new Promise<void>((resolve, reject) => gzip.once('end', resolve).once('error', reject));
  const recorder = recordTarSplit((lines) => {
    if (failure !== undefined) throw failure;
    gzip.write(lines);
  });
  return {
    observer: {
      ...recorder,
      member(member: { readonly name: string; readonly size: number }) {
        const name = member.name
          .split('/')
          .filter((part) => part !== '' && part !== '.')
          .join('/');
        if (names.has(name)) throw repeated(name);
        names.add(name);
        recorder.member(member as never);
      },
    },
    async end() {
      try {
        recorder.end();
        gzip.end();
        await ended;
        if (failure !== undefined) throw failure;
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Programs that put archives together from such records refuse what has two entries for one path. */
function repeated(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`the archive has two entries for ${name}, which a layer can't have`, {
    code: 'archive-repeated-member',
    hint: 'unpack the archive and make it again, which leaves the last of them',
  });
}

function sorted(ids: ReadonlySet<number>): readonly number[] {
  return [...ids].sort((one, other) => one - other);
}
