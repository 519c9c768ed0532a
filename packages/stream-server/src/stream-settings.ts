export interface StreamServerSettings {
  /** Directory for sockets; made when needed, for this user only. On tmpfs. */
  readonly directory: string;
  /** Where offers listen that say nothing. Default: `unix`. */
  readonly over?: 'unix' | 'loopback' | undefined;
  /** Milliseconds until a ticket that nobody used is void. Default: a minute. */
  readonly lifetime?: number | undefined;
  /** Clients at once. Default: 100. */
  readonly maxConnections?: number | undefined;
  /** Tickets that nobody used yet, at once. Default: 1000. */
  readonly maxTickets?: number | undefined;
  /** Milliseconds for which a client may take nothing of what waits for it before it is disconnected. Default: 30 s. */
  readonly stallTimeout?: number | undefined;
  /** Origins of web pages that may connect, as `https://example.org`. Default: none, so that no page in a browser can. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

export type Limits = Required<Omit<StreamServerSettings, 'directory'>>;

export function withDefaults(settings: StreamServerSettings): Limits {
  return {
    over: settings.over ?? 'unix',
    lifetime: settings.lifetime ?? 60_000,
    maxConnections: settings.maxConnections ?? 100,
    maxTickets: settings.maxTickets ?? 1000,
    stallTimeout: settings.stallTimeout ?? 30_000,
    allowedOrigins: settings.allowedOrigins ?? [],
  };
}
