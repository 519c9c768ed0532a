/** A record of the store as it stands in its file. Keys that we do not know stay, because a newer tool may need them. */
export interface StoreRecord {
  readonly id: string;
  readonly [key: string]: unknown;
}

export type Flags = Readonly<Record<string, unknown>>;

export interface LayerRecord extends StoreRecord {
  readonly names?: readonly string[];
  readonly parent?: string;
  readonly created?: string;
  readonly 'diff-digest'?: string;
  readonly 'diff-size'?: number;
  readonly uidmap?: readonly unknown[];
  readonly gidmap?: readonly unknown[];
  readonly flags?: Flags;
}

export interface ImageRecord extends StoreRecord {
  readonly digest?: string;
  readonly names?: readonly string[];
  readonly 'names-history'?: readonly string[];
  readonly layer?: string;
  readonly 'mapped-layers'?: readonly string[];
  readonly 'big-data-names'?: readonly string[];
  readonly 'big-data-sizes'?: Readonly<Record<string, unknown>>;
  readonly 'big-data-digests'?: Readonly<Record<string, unknown>>;
  readonly created?: string;
}

export interface StoredIdMap {
  readonly container_id: number;
  readonly host_id: number;
  readonly size: number;
}

export interface ContainerRecord extends StoreRecord {
  readonly names?: readonly string[];
  readonly image: string;
  readonly layer: string;
  readonly metadata?: string;
  readonly created?: string;
  readonly uidmap?: readonly unknown[];
  readonly gidmap?: readonly unknown[];
  readonly flags?: Flags;
}

/** How often a layer is mounted; `id` is the layer's. */
export interface MountRecord extends StoreRecord {
  readonly path: string;
  readonly count: number;
}

export type FieldType = 'string' | 'number' | 'strings' | 'list' | 'object';

/** Types of the fields that are used here; `!` marks those that must be there. */
export type FieldTypes = Readonly<Record<string, FieldType | `${FieldType}!`>>;

export const layerFields: FieldTypes = {
  names: 'strings',
  parent: 'string',
  created: 'string',
  'diff-digest': 'string',
  'diff-size': 'number',
  uidmap: 'list',
  gidmap: 'list',
  flags: 'object',
};

export const imageFields: FieldTypes = {
  digest: 'string',
  names: 'strings',
  'names-history': 'strings',
  layer: 'string',
  'mapped-layers': 'strings',
  'big-data-names': 'strings',
  'big-data-sizes': 'object',
  'big-data-digests': 'object',
  created: 'string',
};

export const containerFields: FieldTypes = {
  names: 'strings',
  image: 'string!',
  layer: 'string!',
  metadata: 'string',
  created: 'string',
  uidmap: 'list',
  gidmap: 'list',
  flags: 'object',
};

export const mountFields: FieldTypes = { path: 'string!', count: 'number!' };

/** What is wrong with a record, or undefined when its fields have their types. */
export function recordFault(value: unknown, fields: FieldTypes): string | undefined {
  if (typeof value !== 'object' || value === null) return 'an entry is no object';
  const record = value as Record<string, unknown>;
  if (typeof record.id !== 'string') return 'an entry has no id';
  if (!/^\w[\w.-]*$/.test(record.id)) return `an entry's id is ${JSON.stringify(record.id)}`;
  for (const [name, type] of Object.entries(fields)) {
    const field = record[name];
    const isMissing = field === undefined || field === null;
    if (isMissing ? type.endsWith('!') : !hasType(field, type.replace('!', '') as FieldType)) {
      return `"${name}" of ${record.id} is ${isMissing ? 'missing' : 'of the wrong type'}`;
    }
  }
  return undefined;
}

function hasType(value: unknown, type: FieldType): boolean {
  switch (type) {
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
