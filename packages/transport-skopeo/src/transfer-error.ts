import { NotFoundError, RuntimeFailedError, UnavailableError } from '@tspod/core';
import { reasonOf } from './helper.ts';
import { registryOf } from './registry-of.ts';

/** What skopeo's words mean, in the order in which they are looked for. */
const meanings = [
  {
    words:
      /unauthorized|authentication required|invalid username\/password|denied|unable to retrieve auth token|403 \(Forbidden\)/i,
    code: 'not-authorised',
    hint: (registry: string) => `log in with \`tspod login ${registry}\`, or give --creds`,
  },
  {
    words: /manifest unknown|name unknown|repository name not known|404 \(Not Found\)/,
    code: 'no-such-remote-image',
    hint: () => undefined,
  },
  { words: / is blocked in /, code: 'registry-blocked', hint: () => undefined },
  {
    words: /x509: |tls: |server gave HTTP response to HTTPS client/,
    code: 'registry-not-trusted',
    hint: (registry: string) =>
      `give its certificate with --cert-dir or in /etc/containers/certs.d/${registry}, or trust it with --tls-verify=false`,
  },
  {
    words:
      /connection refused|no such host|no route to host|i\/o timeout|network is unreachable|TLS handshake timeout|connection reset/,
    code: 'registry-unreachable',
    hint: () => undefined,
  },
] as const;

/** The failure of a transfer from or to `place` in the contract's terms; anything but a failure of skopeo as it is. */
export function transferError(error: unknown, place: string): unknown {
  if (!(error instanceof RuntimeFailedError)) return error;
  const { argv, exitCode, stderr } = error;
  const message = (reasonOf(stderr) || error.message)
    .replace(/^Error listing repository tags: /, '')
    .replace(/^Error parsing image name /, 'reading image ');
  const meaning = meanings.find(({ words }) => words.test(message));
  if (meaning === undefined) {
    return new RuntimeFailedError(message, { code: 'transfer-failed', argv, exitCode, stderr, cause: error });
  }
  const details = { code: meaning.code, hint: meaning.hint(registryOf(place)), cause: error };
  return meaning.code === 'no-such-remote-image' ? new NotFoundError(message, details) : new UnavailableError(message, details);
}
