// Which package may import which: the table of the architecture. A package that is not listed may import none of ours.
const mayImport = {
  core: [],
  testkit: ['core'],
  linux: ['core'],
  archive: ['core', 'linux'],
  'storage-overlay': ['core', 'linux', 'archive'],
  'storage-dir': ['core', 'linux', 'archive'],
  'volume-local': ['core', 'linux'],
  'secret-file': ['core', 'linux'],
  'stream-server': ['core'],
  gotemplate: [],
  'oci-cli': ['core'],
  'oci-runc': ['core', 'oci-cli'],
  'oci-crun': ['core', 'oci-cli'],
  'monitor-conmon': ['core', 'linux'],
  'state-sqlite': ['core'],
  'network-netavark': ['core', 'linux'],
  'network-user-mode': ['core', 'linux'],
  'transport-skopeo': ['core', 'linux'],
  'builder-buildah': ['core'],
  config: ['core'],
  engine: [
    'core',
    'linux',
    'archive',
    'volume-local',
    'secret-file',
    'stream-server',
    'storage-overlay',
    'storage-dir',
    'oci-cli',
    'oci-runc',
    'oci-crun',
    'monitor-conmon',
    'state-sqlite',
    'network-netavark',
    'network-user-mode',
    'transport-skopeo',
    'builder-buildah',
    'config',
  ],
  kube: ['core'],
  cli: ['core', 'engine', 'gotemplate', 'kube'],
};
// Tests may import the test kit, and these: a monitor runs real runtimes.
const testsMayImport = {
  'oci-runc': ['linux'],
  'oci-crun': ['linux'],
  'monitor-conmon': ['oci-crun', 'oci-runc'],
};
const tests = '\\.(test|conformance)\\.ts$';

const arrow = (name, from, allowed) => ({
  name,
  severity: 'error',
  comment: `${name.split(':')[0]} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other package'} of ours`,
  from,
  to: { path: '^packages/', pathNot: `^packages/(${allowed.join('|')})/` },
});

const arrows = Object.entries(mayImport).flatMap(([folder, allowed]) => {
  const source = `^packages/${folder}/src/`;
  return [
    arrow(folder, { path: source, pathNot: tests }, [folder, ...allowed]),
    arrow(`${folder}:tests`, { path: `${source}.*${tests}` }, [folder, 'testkit', ...allowed, ...(testsMayImport[folder] ?? [])]),
  ];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'unlisted',
      severity: 'error',
      comment: 'A new package gets a line in the table above',
      from: { path: '^packages/([^/]+)/src/', pathNot: `^packages/(${Object.keys(mayImport).join('|')})/` },
      to: { path: '^packages/', pathNot: '^packages/$1/' },
    },
    {
      name: 'by-name',
      severity: 'error',
      comment: 'Packages import each other by name, never by path',
      from: { path: '^(packages/[^/]+|e2e)/' },
      to: { path: '^packages/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'e2e',
      severity: 'error',
      comment: 'End-to-end tests know only the built command, and may use the test kit',
      from: { path: '^e2e/' },
      to: { path: '^packages/', pathNot: '^packages/testkit/' },
    },
    { name: 'cycle', severity: 'error', comment: 'No cycles', from: {}, to: { circular: true } },
    { name: 'unresolved', severity: 'error', comment: 'An import that leads nowhere', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['tspod-source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
  },
};
