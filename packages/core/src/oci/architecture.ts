/** Go's, and so OCI's, name of what this machine is. */
export function machineArchitecture(): string {
  return { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
}
