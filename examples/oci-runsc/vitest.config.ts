import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['src/*.conformance.ts'], testTimeout: 60_000 } });
