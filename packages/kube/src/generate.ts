import {
  type Container,
  type ContainerConfig,
  type ContainerInspect,
  InvalidArgumentError,
  NotFoundError,
  type Pod,
  type PodInspect,
  type Runtime,
  unlessMissing,
} from '@tspod/core';
import { stringify } from 'yaml';

export interface GenerateOptions {
  /** With a Service for each pod that publishes ports. Default: false. */
  readonly service?: boolean | undefined;
  /** For the remark at the top, e.g. `tspod-0.1.0`. */
  readonly generator: string;
}

/** Where a port is published: podman's `PortBindings`. */
type PortBindings = Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;

interface ContainerVolumes {
  readonly mounts: readonly object[];
  /** By name. */
  readonly volumes: ReadonlyMap<string, object>;
}

/** The first port of those that Kubernetes gives to services of nodes, and how many there are. */
const nodePorts = { first: 30_000, count: 2768 } as const;

/**
 * Kubernetes YAML that describes pods, volumes and containers; containers without a pod come together into one, named after the first.
 *
 * @throws {NotFoundError} `no-such-object`; {InvalidArgumentError} `in-a-pod` for a container of a pod, which is described with its pod.
 */
export async function generateKube(runtime: Runtime, names: readonly string[], options: GenerateOptions): Promise<string> {
  const pods: Pod[] = [];
  const containers: Container[] = [];
  const volumes: string[] = [];
  for (const name of names) {
    const container = await unlessMissing(runtime.container(name));
    const pod = container === undefined ? await unlessMissing(runtime.pod(name)) : undefined;
    if (container !== undefined) containers.push(notInPod(container));
    else if (pod !== undefined) pods.push(pod);
    else if (await runtime.volumes.exists(name)) volumes.push(name);
    else throw new NotFoundError(`name or ID "${name}" not found`, { code: 'no-such-object' });
  }
  const documents: object[] = [];
  for (const name of volumes) documents.push(await describeClaim(runtime, name));
  for (const pod of pods) documents.push(...(await describePod(runtime, pod, options)));
  if (containers.length > 0) documents.push(...(await describeContainers(runtime, containers, options)));
  const head = [
    'Save the output of this file and use kubectl create -f to import',
    'it into Kubernetes.',
    '',
    `Created with ${options.generator}`,
  ].map((line) => `# ${line}`.trimEnd());
  return `${head.join('\n')}\n${documents.map(toYaml).join('---\n')}`;
}

function toYaml(document: object): string {
  return stringify(document, { sortMapEntries: true, indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false });
}

function notInPod(container: Container): Container {
  const { pod } = container.config();
  if (pod === undefined) return container;
  throw new InvalidArgumentError(`container ${container.name} is associated with pod ${pod}: use generate on the pod itself`, {
    code: 'in-a-pod',
  });
}

async function describeClaim(runtime: Runtime, name: string): Promise<object> {
  const volume = await runtime.volumes.inspect(name);
  const { device, type, o } = volume.Options as Readonly<Record<string, string>>;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: volume.Name,
      ...labels(volume.Labels),
      annotations: {
        'volume.podman.io/driver': volume.Driver,
        ...(device !== undefined && { 'volume.podman.io/device': device }),
        ...(type !== undefined && { 'volume.podman.io/type': type }),
        ...(o !== undefined && { 'volume.podman.io/mount-options': o }),
      },
      creationTimestamp: seconds(volume.CreatedAt),
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    status: {},
  };
}

async function describePod(runtime: Runtime, pod: Pod, options: GenerateOptions): Promise<object[]> {
  const inspected = await pod.inspect();
  const members = (await pod.containers()).filter((container) => !container.config().isInfra);
  if (members.length === 0) {
    throw new InvalidArgumentError(`pod ${pod.name} has no containers`, {
      code: 'nothing-to-generate',
      hint: 'Kubernetes knows no pod without containers',
    });
  }
  const infra = inspected.InfraConfig;
  const ports = portsOf((infra?.PortBindings ?? {}) as PortBindings);
  const init = members.filter((container) => container.config().initContainer !== undefined);
  const usual = members.filter((container) => !init.includes(container));
  const described = await describeAll(runtime, usual, ports);
  const describedInit = await describeAll(runtime, init, []);
  const spec = {
    hostname: inspected.Hostname || pod.name,
    ...(infra?.HostNetwork && { hostNetwork: true }),
    ...(inspected.SharedNamespaces?.includes('pid') && { shareProcessNamespace: true }),
    ...dnsOf(infra),
    ...(init.length > 0 && { initContainers: describedInit.containers }),
  };
  return withService(
    { name: pod.name, labels: { app: pod.name, ...pod.labels }, createdAt: inspected.Created, spec },
    usual,
    { containers: described.containers, volumes: new Map([...described.volumes, ...describedInit.volumes]) },
    ports,
    options,
  );
}

async function describeContainers(
  runtime: Runtime,
  containers: readonly Container[],
  options: GenerateOptions,
): Promise<object[]> {
  const [first] = containers;
  if (first === undefined) return [];
  const inspected = await first.inspect();
  const name = `${first.name}-pod`;
  const all = await Promise.all(containers.map((container) => container.inspect()));
  const ports = all.map((one) => portsOf(one.HostConfig.PortBindings as PortBindings));
  const described = await describeAll(runtime, containers, ...ports);
  const hostNetwork = containers.every((container) => container.config().network === 'host');
  const hostname = hostNetwork ? undefined : all.map(givenHostname).find((one) => one !== undefined);
  const spec = { ...(hostNetwork && { hostNetwork }), ...(hostname !== undefined && { hostname }) };
  return withService(
    { name, labels: { app: name }, createdAt: inspected.Created, spec },
    containers,
    described,
    ports.flat(),
    options,
  );
}

/** Undefined: that of the host, or the usual one of a container, its short id. */
function givenHostname({ Id, Config, HostConfig }: ContainerInspect): string | undefined {
  const isOwn = HostConfig.UTSMode !== 'host' && HostConfig.NetworkMode !== 'host';
  return isOwn && Config.Hostname !== '' && !Id.startsWith(Config.Hostname) ? Config.Hostname : undefined;
}

/** A pod, and before it, if that is asked for and it publishes ports, its service. */
function withService(
  pod: { readonly name: string; readonly labels: object; readonly createdAt: string; readonly spec: object },
  containers: readonly Container[],
  { containers: described, volumes }: { readonly containers: readonly object[]; readonly volumes: ReadonlyMap<string, object> },
  ports: readonly Port[],
  options: GenerateOptions,
): object[] {
  const { name } = pod;
  const creationTimestamp = seconds(pod.createdAt);
  const document = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: pod.labels, creationTimestamp },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...pod.spec,
      containers: described,
      ...restartPolicy(containers.map((container) => container.config())),
      ...(volumes.size > 0 && { volumes: [...volumes].map(([volume, source]) => ({ name: volume, ...source })) }),
    },
    status: {},
  };
  if (!options.service || ports.length === 0) return [document];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name }, creationTimestamp },
    spec: {
      type: 'NodePort',
      selector: { app: name },
      ports: ports.map(({ containerPort, protocol }, index) => ({
        name: String(containerPort),
        port: containerPort,
        targetPort: containerPort,
        nodePort: nodePorts.first + ((containerPort + index) % nodePorts.count),
        ...(protocol !== undefined && { protocol }),
      })),
    },
    status: { loadBalancer: {} },
  };
  return [service, document];
}

/** The first container has the ports of the pod, as podman writes them, unless each has its own. */
async function describeAll(runtime: Runtime, containers: readonly Container[], ...ports: readonly (readonly Port[])[]) {
  const volumes = new Map<string, object>();
  const described: object[] = [];
  for (const [index, container] of containers.entries()) {
    const inspected = await container.inspect();
    const own = volumesOf(inspected);
    for (const [name, source] of own.volumes) volumes.set(name, source);
    const image = await unlessMissing(runtime.images.inspect(inspected.Image));
    described.push(describeContainer(container.config(), inspected, image?.Config?.Env ?? [], own.mounts, ports[index] ?? []));
  }
  return { containers: described, volumes };
}

function describeContainer(
  config: ContainerConfig,
  inspected: ContainerInspect,
  imageEnvironment: readonly string[],
  volumeMounts: readonly object[],
  ports: readonly Port[],
): object {
  const resources = config.spec.linux?.resources;
  const { limit: memory, reservation } = resources?.memory ?? {};
  const { quota, period = 100_000 } = resources?.cpu ?? {};
  const limits = {
    ...(memory !== undefined && memory > 0 && { memory: bytes(memory) }),
    ...(quota !== undefined && quota > 0 && { cpu: `${Math.round((quota / period) * 1000)}m` }),
  };
  const environment = (inspected.Config.Env ?? []).filter((entry) => !imageEnvironment.includes(entry) && !isUsual(entry));
  const [user, group] = /^(\d+)(?::(\d+))?$/.exec(config.user)?.slice(1) ?? [];
  const security = {
    ...((config.capAdd.length > 0 || config.capDrop.length > 0) && {
      capabilities: {
        ...(config.capAdd.length > 0 && { add: config.capAdd }),
        ...(config.capDrop.length > 0 && { drop: config.capDrop }),
      },
    }),
    ...(config.privileged && { privileged: true }),
    ...(config.spec.root?.readonly && { readOnlyRootFilesystem: true }),
    ...(config.spec.process?.noNewPrivileges && { allowPrivilegeEscalation: false }),
    ...(user !== undefined && { runAsUser: Number(user) }),
    ...(group !== undefined && { runAsGroup: Number(group) }),
  };
  return {
    name: config.name,
    image: config.rootfs.kind === 'image' ? config.rootfs.imageName : config.rootfs.path,
    ...(config.entrypoint !== undefined && config.entrypoint.length > 0 && { command: config.entrypoint }),
    ...(config.command.length > 0 && { args: config.command }),
    ...(environment.length > 0 && {
      env: environment.map((entry) => {
        const equals = entry.indexOf('=');
        return { name: entry.slice(0, equals), value: entry.slice(equals + 1) };
      }),
    }),
    ...(ports.length > 0 && { ports }),
    resources: {
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(reservation !== undefined && reservation > 0 && { requests: { memory: bytes(reservation) } }),
    },
    securityContext: security,
    ...(config.stdin && { stdin: true }),
    ...(config.terminal && { tty: true }),
    ...(volumeMounts.length > 0 && { volumeMounts }),
    ...(inspected.Config.WorkingDir !== '/' && { workingDir: inspected.Config.WorkingDir }),
  };
}

/** Variables that every container has. */
function isUsual(entry: string): boolean {
  return /^(HOME|HOSTNAME|TERM|container|PATH)=/.test(entry);
}

function volumesOf({ Mounts, HostConfig }: ContainerInspect): ContainerVolumes {
  const volumes = new Map<string, object>();
  const mounts: object[] = [];
  const add = (name: string, source: object, mountPath: string, readOnly: boolean) => {
    volumes.set(name, source);
    mounts.push({ name, mountPath, ...(readOnly && { readOnly }) });
  };
  for (const [index, mount] of Mounts.entries()) {
    const { Type, Destination, Source, RW } = mount;
    const name = (mount as { readonly Name?: string }).Name ?? '';
    if (Type === 'volume') add(`${name}-pvc`, { persistentVolumeClaim: { claimName: name } }, Destination, !RW);
    else if (Type === 'bind') add(hostVolumeName(Source, index), { hostPath: { path: Source, type: '' } }, Destination, !RW);
  }
  for (const [index, destination] of Object.keys(HostConfig.Tmpfs ?? {}).entries()) {
    add(`tmpfs-${index}`, { emptyDir: { medium: 'Memory' } }, destination, false);
  }
  return { mounts, volumes };
}

/** Kubernetes wants lower-case letters, digits and dashes. */
function hostVolumeName(path: string, index: number): string {
  const words = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${words === '' ? 'root' : words}-host-${index}`.slice(-63).replace(/^-/, '');
}

interface Port {
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: string;
}

function portsOf(bindings: PortBindings): Port[] {
  return Object.entries(bindings ?? {}).flatMap(([port, places]) => {
    const [number, protocol = 'tcp'] = port.split('/');
    return (places ?? []).map(({ HostIp, HostPort }) => ({
      containerPort: Number(number),
      hostPort: Number(HostPort),
      ...(HostIp !== '' && HostIp !== '0.0.0.0' && { hostIP: HostIp }),
      ...(protocol !== 'tcp' && { protocol: protocol.toUpperCase() }),
    }));
  });
}

function dnsOf(infra: PodInspect['InfraConfig']): object {
  const servers = infra?.DNSServer as readonly string[] | null | undefined;
  const searches = infra?.DNSSearch as readonly string[] | null | undefined;
  const options = infra?.DNSOption as readonly string[] | null | undefined;
  const hosts = infra?.HostAdd as readonly string[] | null | undefined;
  const dnsConfig = {
    ...(servers?.length && { nameservers: servers }),
    ...(searches?.length && { searches }),
    ...(options?.length && {
      options: options.map((option) => {
        const [name, value] = option.split(':', 2);
        return { name, ...(value !== undefined && { value }) };
      }),
    }),
  };
  return {
    ...(Object.keys(dnsConfig).length > 0 && { dnsConfig }),
    ...(hosts?.length && {
      hostAliases: hosts.map((host) => {
        const colon = host.indexOf(':');
        return { hostnames: [host.slice(0, colon)], ip: host.slice(colon + 1) };
      }),
    }),
  };
}

/** Of all containers together; the strongest wins. */
function restartPolicy(configs: readonly ContainerConfig[]): object {
  const names = configs.map(({ restartPolicy: policy }) => policy?.name ?? 'no');
  if (names.includes('always') || names.includes('unless-stopped')) return { restartPolicy: 'Always' };
  return { restartPolicy: names.includes('on-failure') ? 'OnFailure' : 'Never' };
}

function labels(known: Readonly<Record<string, string>>): object {
  return Object.keys(known).length > 0 ? { labels: known } : {};
}

/** In the greatest binary unit that fits. */
function bytes(count: number): string {
  for (const [suffix, size] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const) {
    if (count % size === 0) return `${count / size}${suffix}`;
  }
  return String(count);
}

/** A moment as Kubernetes writes it, without fractions. */
function seconds(time: string): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
