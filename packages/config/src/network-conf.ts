import type { NetworkConfiguration, SubnetPool } from './configuration.ts';
import type { SettingsReader } from './settings-reader.ts';

const defaultPools: readonly SubnetPool[] = [
  { base: '10.89.0.0/16', size: 24 },
  { base: '10.90.0.0/15', size: 24 },
  { base: '10.92.0.0/14', size: 24 },
  { base: '10.96.0.0/11', size: 24 },
  { base: '10.128.0.0/9', size: 24 },
];

/** containers.conf, `[network]`. */
export function networkConfiguration(settings: SettingsReader): NetworkConfiguration {
  const dnsPort = settings.wholeNumber('network.dns_bind_port', 0);
  if (dnsPort < 0 || dnsPort > 65535) throw settings.wrong('network.dns_bind_port', 'a port');
  const pools = settings.tables('network.default_subnet_pools').map(({ base, size }) => {
    if (typeof base === 'string' && typeof size === 'number') return { base, size };
    throw settings.wrong('network.default_subnet_pools', 'a list of tables with base and size');
  });
  return {
    configDirectory: settings.text('network.network_config_dir', '') || '/etc/containers/networks',
    defaultNetwork: settings.text('network.default_network', '') || 'podman',
    defaultSubnet: settings.text('network.default_subnet', '') || '10.88.0.0/16',
    subnetPools: pools.length > 0 ? pools : defaultPools,
    dnsPort: dnsPort === 0 ? undefined : dnsPort,
  };
}
