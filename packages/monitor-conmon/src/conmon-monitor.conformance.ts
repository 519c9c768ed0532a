import { join } from 'node:path';
import { createLinuxHost } from '@tspod/linux';
import { createCrun } from '@tspod/oci-crun';
import { createRunc } from '@tspod/oci-runc';
import { containerMonitorSuite } from '@tspod/testkit';
import { createConmonMonitor } from './conmon-monitor.ts';

const host = createLinuxHost();

containerMonitorSuite('conmon with crun', (directory) => ({
  monitor: createConmonMonitor(),
  runtime: createCrun({ stateRoot: join(directory, 'crun') }, { host }),
}));

containerMonitorSuite('conmon with runc', (directory) => ({
  monitor: createConmonMonitor(),
  runtime: createRunc({ stateRoot: join(directory, 'runc') }, { host }),
}));
