import { join } from 'node:path';

/** Directory with the copies of a container's secrets, by their place in its config. */
export function copiesBelow(directory: string): string {
  return join(directory, 'secrets');
}

export function copyOf(directory: string, index: number): string {
  return join(copiesBelow(directory), String(index));
}
