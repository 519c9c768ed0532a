#!/usr/bin/env -S node --
import { requireNode } from './require-node.ts';

requireNode();
await import('./entry.ts');
