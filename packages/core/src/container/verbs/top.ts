import { readFileSync } from 'node:fs';
import type { LiveState } from '../../contracts/state-store.ts';
import { InvalidStateError } from '../../errors.ts';
import type { RuntimeParts } from '../../runtime/parts.ts';
import { parseGroup, parsePasswd } from '../../users.ts';
import { displayStatus } from '../state.ts';
import { type ProcessNames, type ProcessTable, parseDescriptors } from '../top/descriptors.ts';

/**
 * The processes that the container sees, as descriptors ask for.
 * @throws {InvalidArgumentError} `unknown-descriptor`; {InvalidStateError} `container-state-improper` unless running.
 */
export async function top(
  parts: RuntimeParts,
  { state }: Pick<LiveState, 'state'>,
  texts: readonly string[],
): Promise<ProcessTable> {
  if (state.status !== 'running') {
    throw new InvalidStateError('top can only be used on running containers', {
      code: 'container-state-improper',
      actual: displayStatus(state),
      allowed: ['running'],
    });
  }
  const descriptors = parseDescriptors(texts);
  const processes = await parts.host.processesBeside(state.process);
  const names = await namesIn(parts, `/proc/${state.process.pid}/root`);
  return {
    titles: descriptors.map(({ title }) => title),
    rows: processes.map((process) => descriptors.map((descriptor) => descriptor.value(process, names))),
  };
}

/** @param root the container's root file system as its processes see it */
async function namesIn({ host }: RuntimeParts, root: string): Promise<ProcessNames> {
  const read = async (path: string) => Buffer.from((await host.readFileInRoot(root, path)) ?? []).toString('utf8');
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  return {
    user: nameOf(parsePasswd(passwd).map(({ uid, name }) => [uid, name])),
    group: nameOf(parseGroup(group).map(({ gid, name }) => [gid, name])),
    hostUser: nameOf(parsePasswd(readFileSync('/etc/passwd', 'utf8')).map(({ uid, name }) => [uid, name])),
    hostGroup: nameOf(parseGroup(readFileSync('/etc/group', 'utf8')).map(({ gid, name }) => [gid, name])),
  };
}

/** The first name of an id; an id without a name is shown itself. */
function nameOf(entries: readonly (readonly [number, string])[]): (id: number) => string {
  const names = new Map(entries.toReversed());
  return (id) => names.get(id) ?? String(id);
}
