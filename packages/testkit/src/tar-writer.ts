/** One entry of an archive; parents before their children. */
export type TarEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode?: number; readonly content: Uint8Array | string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

const blockSize = 512;
const typeFlags = { file: '0', symlink: '2', directory: '5' } as const;

/** A POSIX (ustar) archive, owned by root, the same bytes for the same entries. Paths and targets have at most 100 bytes. */
export function writeTar(entries: readonly TarEntry[], modifiedAt = 0): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
    const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
    return [header(entry, content.length, modifiedAt), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header(entry: TarEntry, size: number, modifiedAt: number): Uint8Array {
  const block = Buffer.alloc(blockSize);
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const mode = entry.kind === 'symlink' ? 0o777 : (entry.mode ?? (entry.kind === 'directory' ? 0o755 : 0o644));
  writeText(block, path, 0, 100);
  writeOctal(block, mode, 100, 8);
  writeOctal(block, 0, 108, 8);
  writeOctal(block, 0, 116, 8);
  writeOctal(block, size, 124, 12);
  writeOctal(block, modifiedAt, 136, 12);
  block.fill(' ', 148, 156);
  block.write(typeFlags[entry.kind], 156);
  if (entry.kind === 'symlink') writeText(block, entry.target, 157, 100);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function writeText(block: Buffer, text: string, offset: number, length: number): void {
  if (Buffer.byteLength(text) > length)
    throw new RangeError(`"${text}" is longer than the ${length} bytes that the archive has for it`);
  block.write(text, offset);
}

function writeOctal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
}
