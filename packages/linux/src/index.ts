export { directorySize } from './directory-size.ts';
export { createLinuxHost } from './host.ts';
export { createLinuxLocker, type LinuxLockerSettings } from './locker.ts';
export { isMountPoint, mount, unmount } from './mount.ts';
export { mountOverlay, type OverlayMount } from './overlay-mount.ts';
export { lockFile, type RecordLock, type RecordLockKind, type RecordLockOptions, tryLockFile } from './record-lock.ts';
export { replaceFile } from './replace-file.ts';
export { connectSeqpacket, type PacketConnection, type PacketHandler } from './seqpacket.ts';
export { hasCode, type SystemError } from './system-error.ts';
