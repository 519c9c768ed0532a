export { deviceNumbers } from './devices.ts';
export { directorySize } from './directory-size.ts';
export { type FlockedFile, flockFile } from './flock-file.ts';
export { createLinuxHost } from './host.ts';
export { type IdMapLine, mountIdMapped, withUserNamespace } from './id-mapped-mount.ts';
export { listAttributes, makeNode, readAttribute, setTimes, writeAttribute } from './inode.ts';
export { keepDescriptorsFromPrograms } from './keep-descriptors.ts';
export { keepLinkAddress } from './link-address.ts';
export { createLinuxLocker, type LinuxLockerSettings } from './locker.ts';
export { hasMountsBelow, isMountPoint, mount, unmount } from './mount.ts';
export {
  isNetworkNamespace,
  makeNetworkNamespace,
  newNetworkNamespacePath,
  removeNetworkNamespace,
} from './network-namespace-file.ts';
export { O_PATH } from './open-flags.ts';
export { openPipe } from './open-pipe.ts';
export { mountOverlay, type OpenedOverlay, type OverlayMount, openOverlay } from './overlay-mount.ts';
export { killIfThere, processIdentity, signalProcess, waitGone } from './process.ts';
export { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
export { RecordFiles } from './record-files.ts';
export { lockFile, type RecordLock, type RecordLockKind, type RecordLockOptions, tryLockFile } from './record-lock.ts';
export { removeTree } from './remove-tree.ts';
export { replaceFile } from './replace-file.ts';
export { type ReservedPorts, reservePorts } from './reserve-ports.ts';
export { openInRoot } from './root-files.ts';
export { connectSeqpacket, type PacketConnection, type PacketHandler } from './seqpacket.ts';
export { hasCode, type SystemError } from './system-error.ts';
