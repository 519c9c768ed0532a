import { InvalidArgumentError } from '@tspod/core';
import type { OverlaySettings } from '@tspod/storage-overlay';

/**
 * storage.conf's and `--storage-opt`'s options, as far as they concern overlay: `overlay.mountopt=nodev`, with or without the
 * driver's name in front. Options of other drivers are for other drivers.
 *
 * @throws {InvalidArgumentError} `invalid-storage-option` for one without a value.
 */
export function overlayOptions(options: readonly string[]): Omit<OverlaySettings, 'graphRoot' | 'runRoot'> {
  const values = options.map(splitOption);
  const last = (key: string) => values.findLast((option) => option.key === key)?.value;
  const all = (key: string) => values.filter((option) => option.key === key).map(({ value }) => value);
  const program = last('mount_program');
  return {
    mountOptions: last('mountopt')?.split(',').filter(Boolean),
    mountProgram: program === '' ? undefined : program,
    forceMask: last('force_mask') || undefined,
    additionalImageStores: [...all('imagestore'), ...all('additionalimagestores').flatMap((list) => list.split(','))].filter(
      Boolean,
    ),
  };
}

function splitOption(option: string): { readonly key: string; readonly value: string } {
  const equals = option.indexOf('=');
  if (equals === -1) {
    throw new InvalidArgumentError(`the storage option "${option}" has no value`, {
      code: 'invalid-storage-option',
      hint: 'write it as KEY=VALUE, e.g. overlay.mountopt=nodev',
    });
  }
  return { key: option.slice(0, equals).replace(/^(overlay2?)?\./, ''), value: option.slice(equals + 1) };
}
