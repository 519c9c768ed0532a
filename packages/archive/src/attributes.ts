/** Inside an archive made of or for an overlay's upper directory these would be instructions to the kernel. */
const overlayAttribute = /^(trusted|user)\.overlay\./;

/**
 * The extended attributes that travel in archives, as other engines have it: capabilities and integrity hashes of programs, and the
 * users' own. Never those by which an overlay is told to hide or redirect, nor labels of the machine.
 */
export function travels(name: string): boolean {
  if (overlayAttribute.test(name)) return false;
  return name === 'security.capability' || name === 'security.ima' || name.startsWith('user.');
}
