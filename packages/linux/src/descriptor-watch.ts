import type { node } from 'koffi';
import { loadKoffi } from './libc.ts';

export interface Interest {
  readonly readable?: boolean | undefined;
  readonly writable?: boolean | undefined;
}

/** Watches a descriptor in Node's event loop. It keeps the process alive while there is something that it waits for. */
export interface DescriptorWatch {
  /** Replaces what is waited for. */
  want(interest: Interest): void;
  /** Must come before the descriptor is closed. Idempotent. */
  close(): void;
}

/** A handle that nobody refers to is collected, and its events never come. */
const openHandles = new Set<node.PollHandle>();

/** Calls `ready` whenever the descriptor is as wanted, has failed or was closed by its peer; also once for nothing now and then. */
export function watchDescriptor(fd: number, ready: () => void): DescriptorWatch {
  let handle: node.PollHandle | undefined;
  let isOpen = true;
  let wanted: Interest = {};

  const notify = () => {
    if (isOpen && (wanted.readable || wanted.writable)) ready();
  };
  // The binding calls from outside any callback scope of Node: promises that are settled there would wait for the next event.
  const onEvent = () => void setImmediate(notify);

  return {
    want({ readable = false, writable = false }) {
      if (!isOpen || (readable === (wanted.readable ?? false) && writable === (wanted.writable ?? false))) return;
      wanted = { readable, writable };
      if (!readable && !writable) {
        handle?.stop();
      } else if (handle) {
        handle.start({ readable, writable }, onEvent);
      } else {
        handle = loadKoffi().node.poll(fd, { readable, writable }, onEvent);
        openHandles.add(handle);
      }
    },
    close() {
      isOpen = false;
      if (!handle) return;
      handle.close();
      openHandles.delete(handle);
      handle = undefined;
    },
  };
}
