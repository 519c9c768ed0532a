/** Name of the lock of a volume, whose name may be one of a container's, too. */
export function volumeLock(name: string): string {
  return `volume-${name}`;
}
