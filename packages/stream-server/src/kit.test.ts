import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OfferedSession, OfferOptions, StreamService } from '@tspod/core';
import { describeDefects, type StreamServiceFixture, streamServiceChecks, streamServiceSuite } from '@tspod/testkit';
import { createStreamServer } from './index.ts';

async function fixture(breakIt: (service: StreamService) => Partial<StreamService> = () => ({})): Promise<StreamServiceFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'streams-'));
  const server = createStreamServer({ directory, over: 'loopback' });
  return {
    instance: { ...server, ...breakIt(server) },
    async cleanup() {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

streamServiceSuite('the stream server', () => fixture());

/** Changes what is offered. */
const offering =
  (
    change: (session: OfferedSession) => Partial<OfferedSession>,
    options: (given: OfferOptions) => OfferOptions = (given) => given,
  ) =>
  (service: StreamService): Partial<StreamService> => ({
    offer: (session, given = {}) => service.offer({ ...session, ...change(session) }, options(given)),
  });

describeDefects(
  'the suite of stream services',
  streamServiceChecks,
  {
    'carries every stream, the half-close, the size and the exit code': offering((session) => ({
      open: async (client) => ({ ...(await session.open(client)), resize: async () => undefined }),
    })),
    'tells of a success, and of a session that could not be opened': offering((session) => ({
      open: async (client) => ({ ...(await session.open(client)), done: Promise.resolve(1) }),
    })),
    'speaks v4, which has no half-close': offering((session) => ({
      open: (client) => session.open({ ...client, stdin: undefined }),
    })),
    'offers only the streams that the session has': offering(() => ({ stdin: true })),
    'starts nothing before somebody comes, and lets one client in, once': (service) => ({
      async offer(session, options) {
        await session.open({ stdin: undefined, onOutput: () => undefined, signal: new AbortController().signal });
        return service.offer(session, options);
      },
    }),
    'gives each ticket a secret of its own': (service) => {
      const first = service.offer;
      let ticket: ReturnType<StreamService['offer']> | undefined;
      return {
        offer: (session, options) => {
          ticket ??= first(session, options);
          return ticket;
        },
      };
    },
    'lets a ticket become void in its time': offering(
      () => ({}),
      () => ({}),
    ),
    'listens on a socket of this user alone, while somebody may come': offering(
      () => ({}),
      () => ({ over: 'loopback' }),
    ),
    'tells the session when its client is gone': offering((session) => ({
      open: (client) => session.open({ ...client, signal: new AbortController().signal }),
    })),
    'ends connections and voids tickets when it is closed, and offers nothing any more': () => ({ close: async () => undefined }),
  } satisfies Record<string, (service: StreamService) => Partial<StreamService>>,
  fixture,
);
