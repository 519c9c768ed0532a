import type { StreamService } from '@tspod/core';
import type { StreamServerSettings } from '@tspod/stream-server';

/** The stream server, loaded and made with the first offer. */
export function lazyStreams(settings: StreamServerSettings): StreamService {
  let made: Promise<StreamService> | undefined;
  const service = () => {
    made ??= import('@tspod/stream-server').then(({ createStreamServer }) => createStreamServer(settings));
    return made;
  };
  return {
    specVersion: 'v1',
    offer: async (session, options) => (await service()).offer(session, options),
    close: async () => (await made)?.close(),
  };
}
