import type { ContainerConfig } from './container/config.ts';

/** Content of /run/.containerenv: empty but for privileged containers, which may know where they are; then as podman has it. */
export function containerEnvironmentFile(config: Pick<ContainerConfig, 'id' | 'name' | 'privileged' | 'rootfs'>): string {
  if (!config.privileged) return '';
  const image = config.rootfs.kind === 'image' ? config.rootfs : { imageName: '', imageId: '' };
  const values = { engine: 'tspod', name: config.name, id: config.id, image: image.imageName, imageid: image.imageId };
  return `${Object.entries(values)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('')}rootless=0\n`;
}
