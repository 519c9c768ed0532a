/**
 * Says so when this Node is too old, instead of failing somewhere. The entry calls it before anything else is loaded, so it keeps to
 * what every Node that knows modules understands, and imports nothing.
 */
export function requireNode(version = process.versions.node, path = process.execPath): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return;
  process.stderr.write(`Error: tspod needs Node 22.18 or newer, and ${path} is Node ${version}\n`);
  process.stderr.write('install a newer one, e.g. with `npm install --global node@24`, and put it first on PATH\n');
  process.exit(125);
}
