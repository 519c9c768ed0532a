import { InvalidArgumentError } from '../errors.ts';
import type { SecretRequest } from './requests.ts';

type Draft = { -readonly [Key in keyof SecretRequest]: SecretRequest[Key] };

/** Ids that the kernel has; the last one stands for none. */
const largestId = 2 ** 32 - 2;

const readers: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  source: (draft, value) => {
    draft.secret = value;
  },
  target: (draft, value) => {
    draft.target = value === '' ? undefined : value;
  },
  type: (draft, value) => {
    if (value !== 'mount' && value !== 'env') throw invalid(`type ${value} is invalid`, 'use mount or env');
    draft.type = value;
  },
  uid: (draft, value) => {
    draft.uid = parseId('UID', value);
  },
  gid: (draft, value) => {
    draft.gid = parseId('GID', value);
  },
  mode: (draft, value) => {
    if (!/^[0-7]+$/.test(value) || Number.parseInt(value, 8) > 0o7777)
      throw invalid(`mode ${value} invalid`, 'a mode is octal, as 0400');
    draft.mode = Number.parseInt(value, 8);
  },
};

/**
 * `--secret` as podman-run(1) has it: `NAME[,KEY=VALUE]…`, the name also as `source=NAME`.
 * @throws {InvalidArgumentError} `invalid-secret`
 */
export function parseSecret(text: string): SecretRequest {
  const [first = '', ...others] = text.split(',');
  const isName = others.length === 0 || !first.includes('=');
  const draft: Draft = { secret: isName ? first : '' };
  for (const word of isName ? others : [first, ...others]) {
    const equals = word.indexOf('=');
    if (equals === -1) throw invalid(`option ${word} must be in form option=value`);
    const key = word.slice(0, equals);
    const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (read === undefined) throw invalid(`option ${word} invalid`, `known ones are ${Object.keys(readers).join(', ')}`);
    read(draft, word.slice(equals + 1));
  }
  if (draft.secret === '') throw invalid(`no source found ${text}`, 'begin with the name of the secret');
  return checkSecretRequest(draft);
}

/** What no type can say, for requests that were not parsed, too. @throws {InvalidArgumentError} `invalid-secret` */
export function checkSecretRequest(request: SecretRequest): SecretRequest {
  const { type, uid, gid, mode } = request;
  if (type === 'env' && (uid ?? gid ?? mode) !== undefined) {
    throw invalid('UID, GID, Mode options cannot be set with secret type env');
  }
  return request;
}

function parseId(what: string, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > largestId) throw invalid(`${what} ${text} invalid`, 'an id is a number from 0 on');
  return Number(text);
}

function invalid(reason: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`${reason}: parsing secret`, { code: 'invalid-secret', hint });
}
