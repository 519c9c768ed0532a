import { InvalidArgumentError } from '@tspod/core';
import type { KeyedData } from './environment.ts';
import type { KubeConfigMap, KubeSecret } from './objects.ts';

/** @throws {InvalidArgumentError} `invalid-kube-yaml` */
export function configMapData({ metadata, data, binaryData }: KubeConfigMap): KeyedData {
  return new Map([...texts(data), ...decoded(binaryData, `config map ${metadata.name}`)]);
}

export function configMapTexts({ data }: KubeConfigMap): KeyedData {
  return new Map(texts(data));
}

/** `stringData` wins over `data`. @throws {InvalidArgumentError} `invalid-kube-yaml` */
export function secretData({ metadata, data, stringData }: KubeSecret): KeyedData {
  return new Map([...decoded(data, `secret ${metadata.name}`), ...texts(stringData)]);
}

function texts(values: Readonly<Record<string, string>> | null | undefined): [string, Uint8Array][] {
  return Object.entries(values ?? {}).map(([key, value]) => [key, Buffer.from(value)]);
}

function decoded(values: Readonly<Record<string, string>> | null | undefined, where: string): [string, Uint8Array][] {
  return Object.entries(values ?? {}).map(([key, value]) => {
    const base64 = value.replace(/\s/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) {
      throw new InvalidArgumentError(`${where}: the value of "${key}" is not base64`, {
        code: 'invalid-kube-yaml',
        hint: 'put plain text into stringData (of a secret) or data (of a config map)',
      });
    }
    return [key, Buffer.from(base64, 'base64')];
  });
}
