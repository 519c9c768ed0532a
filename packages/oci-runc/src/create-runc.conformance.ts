import { join } from 'node:path';
import { createLinuxHost } from '@tspod/linux';
import { ociRuntimeSuite } from '@tspod/testkit';
import { createRunc } from './create-runc.ts';

const host = createLinuxHost();

ociRuntimeSuite('runc', (directory) => createRunc({ stateRoot: join(directory, 'runc') }, { host }));
