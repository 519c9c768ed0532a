import { createRequire } from 'node:module';
import { InvalidArgumentError, UnavailableError } from '@tspod/core';
import { type FailedCall, systemError } from './system-error.ts';

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;

/** Text becomes a C string, a buffer a pointer, a null pointer is `null`. */
export type Argument = number | bigint | string | Uint8Array | null;

/** Numbers of system calls that old C libraries have no function for. Linux gave these the same number on every architecture. */
export const systemCallNumber = {
  pidfd_send_signal: 424,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  close_range: 436,
  openat2: 437,
  mount_setattr: 442,
} as const;

export const AT_FDCWD = -100;

let koffi: Koffi | undefined;
let library: Library | undefined;

/**
 * The foreign function interface, loaded on first use, so that commands that make no native call don't pay for it. The package's
 * entry takes 7 ms, most of it to find out which binding fits; the binding for glibc, loaded directly, takes 1 ms.
 * @throws {UnavailableError} where there is no prebuilt binding.
 */
export function loadKoffi(): Koffi {
  if (koffi) return koffi;
  const require = createRequire(import.meta.url);
  try {
    koffi = (loadGlibcBinding(require) ?? require('koffi')) as Koffi;
  } catch (cause) {
    throw new UnavailableError(`the native binding koffi can't be loaded on ${process.platform} ${process.arch}`, {
      code: 'no-native-binding',
      hint: 'install tspod with its optional dependencies, on Linux with glibc or musl',
      cause,
    });
  }
  return koffi;
}

/** The binding that the package would choose with glibc; undefined where it is not there or can't be loaded. */
function loadGlibcBinding(require: NodeJS.Require): unknown {
  const platform = `linux-${process.arch}`;
  try {
    return createRequire(require.resolve('koffi'))(`@koromix/koffi-${platform}/${platform.replace('-', '_')}/koffi.node`);
  } catch {
    return undefined; // musl, or a layout we don't know: the package's entry finds out, and says what is missing
  }
}

/**
 * A function of the C library that is looked up when it is first called. It returns what the function returns; -1 is returned
 * as well, with the number of the error in `lastErrno`.
 */
export function libraryFunction(
  name: string,
  result: string,
  parameters: readonly string[],
): (...values: readonly Argument[]) => number {
  let native: ((...values: readonly Argument[]) => number | bigint) | undefined;
  return (...values) => {
    native ??= openLibrary().func(name, result, [...parameters]);
    for (const value of values) {
      if (typeof value === 'string' && value.includes('\0')) {
        throw new InvalidArgumentError(`${JSON.stringify(value)} contains a zero byte, which ${name} can't take`, {
          code: 'zero-byte',
        });
      }
    }
    return Number(native(...values));
  };
}

/** syscall(2) of one number, for the calls of `systemCallNumber`. */
export function rawSystemCall(
  name: keyof typeof systemCallNumber,
  parameters: readonly string[],
): (...values: readonly Argument[]) => number {
  const call = libraryFunction('syscall', 'long', ['long', ...parameters]);
  return (...values) => call(systemCallNumber[name], ...values);
}

/** A path as C wants it, for parameters of type `void *`: the bytes need not be UTF-8. @throws {InvalidArgumentError} `zero-byte` */
export function terminated(path: string | Uint8Array): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.includes(0)) {
    throw new InvalidArgumentError(`${JSON.stringify(bytes.toString())} contains a zero byte, which no path can have`, {
      code: 'zero-byte',
    });
  }
  return Buffer.concat([bytes, Buffer.of(0)]);
}

/** The number of the error of the last native call that returned -1; positive. Read it before anything else is called. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** `result`, or the error of the call that returned it when it is negative. */
export function checked(result: number, call: FailedCall): number {
  if (result < 0) throw systemError(lastErrno(), call);
  return result;
}

function openLibrary(): Library {
  library ??= loadKoffi().load(null);
  return library;
}
