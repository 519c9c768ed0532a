import { join } from 'node:path';
import { createLinuxHost } from '@tspod/linux';
import { ociRuntimeSuite } from '@tspod/testkit';
import { createCrun } from './create-crun.ts';

const host = createLinuxHost();

ociRuntimeSuite('crun', (directory) => createCrun({ stateRoot: join(directory, 'crun') }, { host }));
