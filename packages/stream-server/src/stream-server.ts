import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  InvalidArgumentError,
  type OfferedSession,
  RuntimeStoppedError,
  randomBytes,
  type StreamService,
  UnavailableError,
} from '@tspod/core';
import { WebSocketServer } from 'ws';
import { chooseSubprotocol, codecOf, type Subprotocol } from './channels.ts';
import { type Listener, listenOnLoopback, listenOnSocket } from './listener.ts';
import { serveClient } from './serve-client.ts';
import { type StreamServerSettings, withDefaults } from './stream-settings.ts';

/** Bytes of the longest message that a client may send. */
const longestMessage = 1024 * 1024;

/** Milliseconds between two questions whether a client is still there. */
const pingInterval = 30_000;

const longestLifetime = 24 * 60 * 60_000;

interface Ticket {
  readonly session: OfferedSession;
  readonly expiry: NodeJS.Timeout;
}

type Over = 'unix' | 'loopback';

/** A `StreamService` over WebSocket that speaks the sub-protocols of Kubernetes' `exec` and `attach`. */
export function createStreamServer(settings: StreamServerSettings): StreamService {
  const limits = withDefaults(settings);
  const tickets = new Map<string, Ticket>();
  const listeners = new Map<Over, Promise<Listener>>();
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessage,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
  });
  let connections = 0;
  let isClosed = false;

  function listener(over: Over): Promise<Listener> {
    const known = listeners.get(over);
    if (known !== undefined) return known;
    const made = (over === 'unix' ? listenOnSocket(settings.directory) : listenOnLoopback()).then((one) => {
      one.server.on('upgrade', (request, socket, head) => upgrade(one, request, socket, head));
      one.server.on('request', (_request, response) => {
        response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end('this is a WebSocket\n');
      });
      one.server.headersTimeout = 10_000;
      return one;
    });
    listeners.set(over, made);
    made.catch(() => listeners.delete(over));
    return made;
  }

  function upgrade({ hosts }: Listener, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { origin, host } = request.headers;
    const [, kind, token = ''] = /^\/(exec|attach)\/([A-Za-z0-9_-]+)$/.exec((request.url ?? '').split('?')[0] ?? '') ?? [];
    const ticket = tickets.get(token);
    const subprotocol = chooseSubprotocol(protocolsOf(request));
    // A page in a browser names its origin, and a name that was made to lead here is in `Host`.
    if (origin !== undefined && !limits.allowedOrigins.includes(origin))
      refuse(socket, 403, `the origin ${origin} is not allowed`);
    else if (hosts !== undefined && !hosts.includes(host ?? '')) refuse(socket, 403, 'this host name is not allowed');
    else if (kind === undefined) refuse(socket, 404, 'no such path');
    else if (ticket === undefined || ticket.session.kind !== kind)
      refuse(socket, 403, 'the token is not valid, or was used, or is too old');
    else if (subprotocol === undefined) refuse(socket, 400, 'offer the sub-protocol v5.channel.k8s.io or v4.channel.k8s.io');
    else if (connections >= limits.maxConnections) refuse(socket, 503, 'too many clients');
    else admit(token, ticket, subprotocol, { request, socket, head });
  }

  function admit(
    token: string,
    { session, expiry }: Ticket,
    subprotocol: Subprotocol,
    { request, socket, head }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): void {
    clearTimeout(expiry);
    tickets.delete(token);
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
      endWhenIdle();
    });
    webSockets.handleUpgrade(request, socket, head, (client) => {
      let answers = true;
      const pulse = setInterval(() => {
        if (!answers) client.terminate();
        answers = false;
        client.ping();
      }, pingInterval);
      client.on('pong', () => {
        answers = true;
      });
      client.once('close', () => clearInterval(pulse));
      void serveClient(client, session, { codec: codecOf(subprotocol), stallTimeout: limits.stallTimeout });
    });
  }

  /** Nothing is kept open for nobody. */
  function endWhenIdle(): void {
    if (tickets.size > 0 || connections > 0) return;
    for (const [over, made] of listeners) {
      listeners.delete(over);
      made.then(({ server }) => server.close()).catch(() => undefined); // one that could not listen has nothing to close
    }
  }

  function drop(token: string): void {
    clearTimeout(tickets.get(token)?.expiry);
    tickets.delete(token);
    endWhenIdle();
  }

  return {
    specVersion: 'v1',

    async offer(session, { lifetime = limits.lifetime, over = limits.over } = {}) {
      if (isClosed) throw new RuntimeStoppedError('the stream service has been closed', { code: 'runtime-stopped' });
      if (!(lifetime > 0 && lifetime <= longestLifetime)) {
        throw new InvalidArgumentError(`a ticket can't be valid for ${lifetime} ms`, {
          code: 'invalid-lifetime',
          hint: `give milliseconds, up to ${longestLifetime}`,
        });
      }
      if (tickets.size >= limits.maxTickets) {
        throw new UnavailableError(`${tickets.size} tickets wait for their clients already`, {
          code: 'too-many-tickets',
          hint: 'connect to those first, or let them expire',
        });
      }
      const token = randomBytes(32).toString('base64url');
      tickets.set(token, { session, expiry: setTimeout(() => drop(token), lifetime) });
      const expiresAt = new Date(Date.now() + lifetime).toISOString();
      try {
        const { urlOf, socketPath } = await listener(over);
        return { url: urlOf(`/${session.kind}/${token}`), socketPath, expiresAt };
      } catch (failure) {
        drop(token);
        throw failure;
      }
    },

    async close() {
      isClosed = true;
      for (const { expiry } of tickets.values()) clearTimeout(expiry);
      tickets.clear();
      for (const client of webSockets.clients) client.terminate();
      const open = await Promise.allSettled(listeners.values());
      listeners.clear();
      await Promise.all(
        open.map((one) => {
          if (one.status === 'rejected') return undefined;
          one.value.server.closeAllConnections();
          return new Promise((resolve) => one.value.server.close(resolve));
        }),
      );
    },
  };
}

function protocolsOf({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, code: number, text: string): void {
  socket.end(
    `HTTP/1.1 ${code} ${reasons[code]}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text) + 1}\r\n\r\n${text}\n`,
  );
}
