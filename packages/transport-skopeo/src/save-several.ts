import { existsSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SaveSeveralRequest } from '@tspod/core';
import { removeTree } from '@tspod/linux';
import type { Environment } from './helper.ts';
import { archiveExists, push } from './push.ts';
import type { SkopeoSettings } from './settings.ts';
import { readTarIndex, readText } from './tar-index.ts';
import { temporaryParent, withTemporaryDirectory } from './temporary.ts';

const blockSize = 512;

/** skopeo writes archives of one image: this has it write one for each, and takes every file that is in them once. */
export async function saveSeveral(
  settings: SkopeoSettings,
  env: Environment,
  { images, path, ...options }: SaveSeveralRequest,
): Promise<void> {
  if (existsSync(path)) throw archiveExists();
  await withTemporaryDirectory(temporaryParent(settings, env), async (directory) => {
    const single: string[] = [];
    for (const [index, { id, names }] of images.entries()) {
      const archive = join(directory, `${index}.tar`);
      const [first, ...additionalNames] = names;
      const destination = `docker-archive:${archive}${first === undefined ? '' : `:${first}`}`;
      await push(settings, env, { imageId: id, destination, additionalNames, ...options });
      single.push(archive);
    }
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
    try {
      await merge(single, draft);
      options.signal?.throwIfAborted();
      await rename(draft, path);
    } catch (error) {
      await removeTree(draft);
      throw error;
    }
  });
}

async function merge(archives: readonly string[], target: string): Promise<void> {
  const output = await open(target, 'wx', 0o666);
  try {
    const manifests: unknown[] = [];
    const repositories: Record<string, Record<string, string>> = {};
    const written = new Set(['manifest.json', 'repositories']);
    for (const archive of archives) {
      const input = await open(archive);
      try {
        const index = await readTarIndex(input);
        const read = async (name: string) => {
          const member = index?.get(name);
          return member === undefined ? undefined : JSON.parse(await readText(input, member));
        };
        manifests.push(...(await read('manifest.json')));
        for (const [name, tags] of Object.entries((await read('repositories')) ?? {})) {
          repositories[name] = { ...repositories[name], ...(tags as Record<string, string>) };
        }
        await copyMembers(input, output, written);
      } finally {
        await input.close();
      }
    }
    await writeMember(output, 'repositories', JSON.stringify(repositories));
    await writeMember(output, 'manifest.json', JSON.stringify(manifests));
    await output.write(Buffer.alloc(2 * blockSize));
  } finally {
    await output.close();
  }
}

/** Headers as they are: skopeo writes short names only, so that each member is one header and its content. */
async function copyMembers(input: FileHandle, output: FileHandle, written: Set<string>): Promise<void> {
  const header = Buffer.alloc(blockSize);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let position = 0; ; ) {
    const { bytesRead } = await input.read(header, 0, blockSize, position);
    if (bytesRead < blockSize || header.every((byte) => byte === 0)) return;
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const end = position + blockSize + Math.ceil(sizeOf(header) / blockSize) * blockSize;
    const isNew = !written.has(name);
    written.add(name);
    for (let from = isNew ? position : end; from < end; ) {
      const { bytesRead: count } = await input.read(buffer, 0, Math.min(buffer.length, end - from), from);
      if (count === 0) throw new Error(`${name} is cut off`);
      await output.writev([buffer.subarray(0, count)]);
      from += count;
    }
    position = end;
  }
}

function sizeOf(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) !== 0) return header.readUIntBE(130, 6);
  return Number.parseInt(header.toString('latin1', 124, 135).trim() || '0', 8) || 0;
}

async function writeMember(output: FileHandle, name: string, content: string): Promise<void> {
  const header = Buffer.alloc(blockSize);
  const octal = (number: number, width: number) => `${number.toString(8).padStart(width - 1, '0')}\0`;
  const size = Buffer.byteLength(content);
  header.write(name, 0);
  header.write(octal(0o444, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const padding = (blockSize - (size % blockSize)) % blockSize;
  await output.writev([header, Buffer.from(content), Buffer.alloc(padding)]);
}
