import type { Backend } from '@tspod/core';
import { createTmpfsStorage } from './tmpfs-storage.ts';

export { createTmpfsStorage };

export const backend: Backend<'storage'> = { specVersion: 'v1', role: 'storage', name: 'tmpfs', create: createTmpfsStorage };
