import { checkOptionTypes } from '../argument-types.ts';
import type { EngineEvent, EventReadOptions } from '../contracts/event-log.ts';
import type { EventFilters } from './event-filters.ts';
import type { RuntimeParts } from './parts.ts';

export interface EventOptions extends EventReadOptions {
  /** podman's keys and rules (`container`, `event`, `image`, `label`, `pod`, `type`, `volume` …); an event must fit each key. */
  readonly filters?: EventFilters | undefined;
}

/** Events of the store, as far as the filters choose them. */
export async function* readEvents(
  parts: RuntimeParts,
  { filters = {}, ...options }: EventOptions,
): AsyncGenerator<EngineEvent, void> {
  checkOptionTypes('events', options, { since: 'a number', until: 'a number', follow: 'a boolean' });
  const { eventFilter } = await import('./event-filters.ts');
  const fits = eventFilter(filters);
  for await (const event of parts.events.read(options)) if (fits(event)) yield event;
}
