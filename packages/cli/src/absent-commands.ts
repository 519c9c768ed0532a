/** Commands of podman and docker that are left out on purpose, and what there is in their place. */
export const absentCommands: Readonly<Record<string, string>> = {
  'tspod auto-update': 'containers are updated by whoever runs them: pull the image and run them with --replace',
  'tspod compose': 'there is none: describe what belongs together in YAML for `tspod kube play`',
  'tspod machine': 'tspod runs on Linux itself, without a virtual machine around it',
  'tspod system connection': 'tspod has no remote client: run it where the containers are',
  'tspod system service': 'there is no HTTP API: programs use the library, which is the npm package tspod',
};
