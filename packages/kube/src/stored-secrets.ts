import { EngineError, type Runtime } from '@tspod/core';
import { parse } from 'yaml';
import type { KeyedData } from './environment.ts';
import { secretData } from './keyed-data.ts';
import { type KubePod, type KubeSecret, secretSchema } from './objects.ts';

/** Keeps a secret of Kubernetes as one of the engine's, whose content is the object itself; one of the name is replaced. Answers its id. */
export async function keepSecret(runtime: Runtime, secret: KubeSecret): Promise<string> {
  const { name } = secret.metadata;
  if (await runtime.secrets.exists(name)) await runtime.secrets.remove(name);
  const content = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...secret }));
  return (await runtime.secrets.create({ name, content })).id;
}

/** Those of the engine's secrets that pods name and that hold a secret of Kubernetes, which an earlier play or `secret create` made. */
export async function storedSecrets(runtime: Runtime, pods: readonly KubePod[]): Promise<Map<string, KeyedData>> {
  const found = new Map<string, KeyedData>();
  for (const name of new Set(pods.flatMap(secretNames))) {
    const content = await contentOf(runtime, name);
    const secret = content === undefined ? undefined : secretSchema.safeParse(parse(Buffer.from(content).toString()));
    if (secret?.success) found.set(name, secretData(secret.data));
  }
  return found;
}

async function contentOf(runtime: Runtime, name: string): Promise<Uint8Array | undefined> {
  try {
    return await runtime.secrets.content(name);
  } catch (error) {
    if (EngineError.isInstance(error) && error.code === 'no-such-secret') return undefined;
    throw error;
  }
}

function secretNames({ spec }: KubePod): string[] {
  const ofContainers = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ env, envFrom }) => [
    ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
  ]);
  const ofVolumes = (spec.volumes ?? []).map(({ secret }) => secret?.secretName);
  return [...ofContainers, ...ofVolumes].filter((name) => name !== undefined);
}
