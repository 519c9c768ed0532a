#!/usr/bin/env -S node --
import { requireNode } from './require-node.ts';

requireNode();
const { start } = await import('./entry.ts');
await start(process.argv.slice(2));
