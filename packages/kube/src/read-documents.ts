import { InvalidArgumentError } from '@tspod/core';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  claimSchema,
  configMapSchema,
  deploymentSchema,
  type KubeClaim,
  type KubeConfigMap,
  type KubePod,
  type KubeSecret,
  podSchema,
  secretSchema,
} from './objects.ts';

/** What a text of Kubernetes YAML asks for, by kind, each in the order of the text. */
export interface KubeDocuments {
  /** Those of deployments, too. */
  readonly pods: readonly KubePod[];
  readonly claims: readonly KubeClaim[];
  readonly configMaps: readonly KubeConfigMap[];
  readonly secrets: readonly KubeSecret[];
  /** Kinds that can't be played and were passed over. */
  readonly unsupported: readonly string[];
  /** What was understood, but can't be done in full on one machine; a sentence each. */
  readonly notes: readonly string[];
}

const head = z.looseObject({ apiVersion: z.string().optional(), kind: z.string().min(1) });

/**
 * Reads every document of the text; a `List` stands for its items.
 * @throws {InvalidArgumentError} `invalid-kube-yaml` naming the document and the field.
 */
export function readDocuments(text: string): KubeDocuments {
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  const found = {
    pods: [] as KubePod[],
    claims: [] as KubeClaim[],
    configMaps: [] as KubeConfigMap[],
    secrets: [] as KubeSecret[],
  };
  const unsupported: string[] = [];
  const notes: string[] = [];
  const take = (value: unknown, where: string): void => {
    const { kind } = check(head, value, where);
    const place = `${where} (${kind})`;
    switch (kind) {
      case 'Pod':
        found.pods.push(check(podSchema, value, place));
        return;
      case 'Deployment': {
        const { metadata, spec } = check(deploymentSchema, value, place);
        const name = metadata?.name ?? '';
        if (name === '') throw invalid(`${place}: deployment does not have a name`);
        if ((spec.replicas ?? 1) > 1) {
          notes.push(`deployment ${name}: limiting the replica count to 1, there is one machine`);
        }
        if (spec.replicas === 0) return;
        const labels = { ...metadata?.labels, ...spec.template.metadata?.labels };
        found.pods.push({ ...spec.template, metadata: { ...spec.template.metadata, name: `${name}-pod`, labels } });
        return;
      }
      case 'PersistentVolumeClaim':
        found.claims.push(check(claimSchema, value, place));
        return;
      case 'ConfigMap':
        found.configMaps.push(check(configMapSchema, value, place));
        return;
      case 'Secret':
        found.secrets.push(check(secretSchema, value, place));
        return;
      case 'List':
        for (const [index, item] of check(z.looseObject({ items: z.array(z.unknown()) }), value, place).items.entries()) {
          take(item, `${place} item ${index + 1}`);
        }
        return;
      default:
        unsupported.push(kind);
    }
  };
  for (const [index, document] of documents.entries()) {
    const where = `document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw invalid(`${where}: ${error.message.split('\n')[0]?.replace(/:$/, '')}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value !== null && value !== undefined) take(value, where);
  }
  return { ...found, unsupported, notes };
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
  throw invalid(`${where}:${path} ${issue?.message.replace(/^Invalid input: /, '')}`);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(`unable to read YAML: ${message}`, { code: 'invalid-kube-yaml' });
}
