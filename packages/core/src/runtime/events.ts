import type { ContainerConfig } from '../container/config.ts';
import type { EngineEvent, EventAction } from '../contracts/event-log.ts';
import type { RuntimeParts } from './parts.ts';

/** An event as a verb tells it; what is left out is empty, its time is now. */
export type NewEvent = Pick<EngineEvent, 'type' | 'action'> & Partial<EngineEvent>;

/**
 * Tells what a verb has just done. Never fails: the thing is done, whether it can be told or not; that it can't is logged.
 *
 * @example await recordEvent(parts, { type: 'volume', action: 'create', name });
 */
export async function recordEvent(parts: RuntimeParts, event: NewEvent): Promise<void> {
  try {
    await parts.events.append({ id: '', name: '', time: eventTime(), attributes: {}, ...event });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parts.log('warn', `unable to write the event ${event.type} ${event.action} of ${event.name ?? event.id ?? ''}: ${reason}`);
  }
}

/** The same for a container: with its id, name, image and labels. */
export async function recordContainerEvent(
  parts: RuntimeParts,
  config: Pick<ContainerConfig, 'id' | 'name' | 'rootfs' | 'labels' | 'pod'>,
  action: EventAction,
  details: Pick<EngineEvent, 'exitCode' | 'network' | 'healthStatus'> = {},
): Promise<void> {
  const { id, name, rootfs, labels, pod: podId } = config;
  const image = rootfs.kind === 'image' ? rootfs.imageName : undefined;
  await recordEvent(parts, { type: 'container', action, id, name, image, podId, attributes: labels, ...details });
}

/** A moment, by default this one, as events carry it. `milliseconds` since 1970, with fractions. */
export function eventTime(milliseconds: number = preciseNow()): string {
  const whole = Math.floor(milliseconds);
  const nanoseconds = Math.floor((milliseconds - whole) * 1e6);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;
}

let clockOffset = Number.NEGATIVE_INFINITY;

/** The wall clock, which counts whole milliseconds here, with the fractions of the monotonic one: events of one process stay in order. */
function preciseNow(): number {
  const monotonic = Number(process.hrtime.bigint()) / 1e6;
  const offset = Date.now() - monotonic;
  if (Math.abs(offset - clockOffset) > 2) clockOffset = offset; // the first time, and when somebody has set the clock
  return monotonic + clockOffset;
}

/** Milliseconds since 1970, with fractions, of an event's time. */
export function eventMilliseconds(time: string): number {
  const [, whole = '', fraction = ''] = /^(.*\.\d{3})(\d*)Z$/.exec(time) ?? [];
  return Date.parse(`${whole}Z`) + Number(`0.${fraction}`);
}
