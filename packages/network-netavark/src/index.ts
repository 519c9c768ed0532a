export { createNetavarkNetwork } from './create-netavark-network.ts';
export type { NetavarkSettings, SubnetPool } from './netavark-settings.ts';
