import { bundled } from '../../tsup.config.base.ts';

export default bundled({ tspod: 'src/tspod.ts' });
