import { bundled } from '../../tsup.config.base.ts';

export default bundled({ index: 'src/index.ts', exit: 'src/exit.ts' });
