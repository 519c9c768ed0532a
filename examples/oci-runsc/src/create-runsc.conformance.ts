import { join } from 'node:path';
import { createLinuxHost } from '@tspod/linux';
import { ociRuntimeSuite } from '@tspod/testkit';
import { createRunsc } from './index.ts';

const host = createLinuxHost();
const common = { systemdCgroup: false, extraArguments: [] };

ociRuntimeSuite('runsc', (directory) => createRunsc({ ...common, stateRoot: join(directory, 'runsc') }, { host }));
