/** The registry of `docker://quay.io/a/b:1`, or of a repository without a transport. */
export function registryOf(place: string): string {
  const [registry = ''] = place.replace(/^docker:\/\//, '').split('/');
  return registry;
}
