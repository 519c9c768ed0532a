import type { ImageRecord } from './records.ts';

export function withName(image: ImageRecord, name: string): ImageRecord {
  if (image.names?.includes(name)) return image;
  const history = [name, ...(image['names-history'] ?? []).filter((other) => other !== name)];
  return { ...image, names: [...(image.names ?? []), name], 'names-history': history };
}

export function withoutName(image: ImageRecord, name: string): ImageRecord {
  if (!image.names?.includes(name)) return image;
  const { names, ...rest } = image;
  const left = names.filter((other) => other !== name);
  return left.length > 0 ? { ...image, names: left } : rest;
}
