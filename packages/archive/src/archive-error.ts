import { InvalidArgumentError, NotSupportedError } from '@tspod/core';
import { type ByteText, toText } from './byte-text.ts';

export type ArchiveFault =
  | 'archive-damaged'
  | 'archive-truncated'
  | 'archive-path-escapes'
  | 'archive-conflict'
  | 'archive-too-large'
  | 'archive-link-target'
  | 'archive-mount-point';

/** An archive that can't be used as it is; `member` is the one that it is about, if any. */
export function archiveError(code: ArchiveFault, fault: string, member?: ByteText, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${subject(member)}: ${fault}`, { code, cause });
}

export function unsupportedMember(fault: string, member: ByteText): NotSupportedError {
  return new NotSupportedError(`${subject(member)}: ${fault}`, { code: 'archive-member-kind' });
}

function subject(member: ByteText | undefined): string {
  return member === undefined ? 'tar archive' : `tar archive, member ${JSON.stringify(toText(member))}`;
}
