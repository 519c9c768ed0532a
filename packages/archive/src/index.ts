export { overlayChanges, treeChanges } from './changes.ts';
export { type Compression, compressionOf, decompress } from './decompress.ts';
export { createFileTrees } from './file-trees.ts';
export type { ArchiveObserver } from './observer.ts';
export { type Owner, type PackOptions, type PackSource, packTree } from './pack-tree.ts';
export { recordTarSplit, type TarSplitRecorder } from './tar-split.ts';
export { type Unpacked, type UnpackOptions, unpackTree } from './unpack-tree.ts';
