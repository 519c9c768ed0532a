import { z } from 'zod';

/**
 * The objects of Kubernetes that can be played, with the fields that mean something on one machine; others are passed over, as podman does.
 * Field names and meanings: the Kubernetes API reference, v1 core and apps/v1.
 */

const names = z.record(z.string(), z.string());
const quantity = z.union([z.string(), z.number()]);
const portOrName = z.union([z.int(), z.string()]);

const metadata = z.looseObject({
  name: z.string().optional(),
  labels: names.nullish(),
  annotations: names.nullish(),
});

const keyed = z.looseObject({ name: z.string(), key: z.string(), optional: z.boolean().optional() });

const environmentVariable = z.looseObject({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z
    .looseObject({
      configMapKeyRef: keyed.optional(),
      secretKeyRef: keyed.optional(),
      fieldRef: z.looseObject({ fieldPath: z.string() }).optional(),
      resourceFieldRef: z
        .looseObject({ containerName: z.string().optional(), resource: z.string(), divisor: quantity.optional() })
        .optional(),
    })
    .nullish(),
});

const named = z.looseObject({ name: z.string(), optional: z.boolean().optional() });

const environmentSource = z.looseObject({
  prefix: z.string().optional(),
  configMapRef: named.optional(),
  secretRef: named.optional(),
});

const probe = z.looseObject({
  exec: z.looseObject({ command: z.array(z.string()) }).optional(),
  httpGet: z
    .looseObject({ host: z.string().optional(), path: z.string().optional(), port: portOrName, scheme: z.string().optional() })
    .optional(),
  tcpSocket: z.looseObject({ host: z.string().optional(), port: portOrName }).optional(),
  initialDelaySeconds: z.int().optional(),
  periodSeconds: z.int().optional(),
  timeoutSeconds: z.int().optional(),
  failureThreshold: z.int().optional(),
});

const seccompProfile = z.looseObject({ type: z.string(), localhostProfile: z.string().optional() });
const seLinuxOptions = z.looseObject({
  user: z.string().optional(),
  role: z.string().optional(),
  type: z.string().optional(),
  level: z.string().optional(),
});

const containerSecurity = z.looseObject({
  allowPrivilegeEscalation: z.boolean().optional(),
  capabilities: z.looseObject({ add: z.array(z.string()).nullish(), drop: z.array(z.string()).nullish() }).nullish(),
  privileged: z.boolean().optional(),
  procMount: z.string().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  runAsGroup: z.int().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().optional(),
  seLinuxOptions: seLinuxOptions.optional(),
  seccompProfile: seccompProfile.optional(),
});

const container = z.looseObject({
  name: z.string().min(1),
  image: z.string().min(1),
  imagePullPolicy: z.string().optional(),
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  workingDir: z.string().optional(),
  env: z.array(environmentVariable).nullish(),
  envFrom: z.array(environmentSource).nullish(),
  ports: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        containerPort: z.int().min(1).max(65535),
        hostIP: z.string().optional(),
        hostPort: z.int().min(0).max(65535).optional(),
        protocol: z.string().optional(),
      }),
    )
    .nullish(),
  resources: z
    .looseObject({ limits: z.record(z.string(), quantity).nullish(), requests: z.record(z.string(), quantity).nullish() })
    .nullish(),
  livenessProbe: probe.nullish(),
  securityContext: containerSecurity.nullish(),
  stdin: z.boolean().optional(),
  tty: z.boolean().optional(),
  volumeMounts: z
    .array(
      z.looseObject({
        name: z.string(),
        mountPath: z.string().min(1),
        readOnly: z.boolean().optional(),
        subPath: z.string().optional(),
        mountPropagation: z.string().optional(),
      }),
    )
    .nullish(),
});

const items = z.array(z.looseObject({ key: z.string(), path: z.string(), mode: z.int().optional() })).nullish();

const volume = z.looseObject({
  name: z.string().min(1),
  hostPath: z.looseObject({ path: z.string().min(1), type: z.string().nullish() }).optional(),
  persistentVolumeClaim: z.looseObject({ claimName: z.string().min(1), readOnly: z.boolean().optional() }).optional(),
  emptyDir: z.looseObject({ medium: z.string().optional(), sizeLimit: quantity.optional() }).nullish(),
  configMap: z
    .looseObject({ name: z.string(), items, optional: z.boolean().optional(), defaultMode: z.int().optional() })
    .optional(),
  secret: z
    .looseObject({ secretName: z.string(), items, optional: z.boolean().optional(), defaultMode: z.int().optional() })
    .optional(),
});

const podSpec = z.looseObject({
  containers: z.array(container).min(1),
  initContainers: z.array(container).nullish(),
  volumes: z.array(volume).nullish(),
  restartPolicy: z.string().optional(),
  hostname: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  shareProcessNamespace: z.boolean().optional(),
  terminationGracePeriodSeconds: z.int().min(0).optional(),
  hostAliases: z.array(z.looseObject({ ip: z.string(), hostnames: z.array(z.string()) })).nullish(),
  dnsConfig: z
    .looseObject({
      nameservers: z.array(z.string()).nullish(),
      searches: z.array(z.string()).nullish(),
      options: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).nullish(),
    })
    .nullish(),
  securityContext: z
    .looseObject({
      runAsUser: z.int().optional(),
      runAsGroup: z.int().optional(),
      supplementalGroups: z.array(z.int()).nullish(),
      seccompProfile: seccompProfile.optional(),
      seLinuxOptions: seLinuxOptions.optional(),
      sysctls: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
    })
    .nullish(),
});

export const podSchema = z.looseObject({ metadata: metadata.optional(), spec: podSpec });

export const deploymentSchema = z.looseObject({
  metadata: metadata.optional(),
  spec: z.looseObject({ replicas: z.int().min(0).nullish(), template: podSchema }),
});

export const claimSchema = z.looseObject({ metadata: metadata.extend({ name: z.string().min(1) }) });

export const configMapSchema = z.looseObject({
  metadata: metadata.extend({ name: z.string().min(1) }),
  data: names.nullish(),
  binaryData: names.nullish(),
});

export const secretSchema = z.looseObject({
  metadata: metadata.extend({ name: z.string().min(1) }),
  /** Values in base64. */
  data: names.nullish(),
  stringData: names.nullish(),
});

export type KubePod = z.infer<typeof podSchema>;
export type KubeClaim = z.infer<typeof claimSchema>;
export type KubeConfigMap = z.infer<typeof configMapSchema>;
export type KubeSecret = z.infer<typeof secretSchema>;
export type KubeContainer = z.infer<typeof container>;
export type KubeVolume = z.infer<typeof volume>;
export type KubeProbe = z.infer<typeof probe>;
