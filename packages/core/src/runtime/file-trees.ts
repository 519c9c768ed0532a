import type { FileTrees } from '../contracts/file-trees.ts';
import { NotSupportedError } from '../errors.ts';
import type { RuntimeParts } from './parts.ts';

/** @throws {NotSupportedError} `no-file-trees` */
export function fileTrees({ files }: RuntimeParts): FileTrees {
  if (files !== undefined) return files;
  throw new NotSupportedError('this engine was composed without what copies files', { code: 'no-file-trees' });
}
