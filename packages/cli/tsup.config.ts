import { bundled } from '../../tsup.config.base.ts';

// the exit command lies beside the code that starts monitors
export default bundled({ tspod: 'src/tspod.ts', exit: '../engine/src/exit.ts' });
