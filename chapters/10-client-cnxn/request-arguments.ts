/**
 * What a program gives to a call, checked and turned into what goes into a request. All mistakes that can be found
 * without a server are found here, and said in words.
 */
import { Buffer } from 'node:buffer';
import type { ACL } from '#05-jute/records/data.js';
import type { CreateRequest, CreateTTLRequest } from '#05-jute/records/proto.js';
import { OPEN_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode, isCreateMode, isSequential, isTtl } from '#06-network-protocol/create-mode.js';
import { validateCreatePath, validatePath } from '#06-network-protocol/paths.js';
import type { AuthInfo, SessionHandover } from '#10-client-cnxn/client-cnxn-options.js';
import { InvalidArgumentError } from '#10-client-cnxn/client-errors.js';

/** The content of a node. Text is stored as UTF-8; null is possible too, and reads as null again. */
export type Data = Uint8Array | string | null;

export interface CreateOptions {
  /** Default: persistent. */
  readonly mode?: CreateMode;
  /** Default: everybody may do everything. */
  readonly acl?: readonly ACL[];
  /** How long the node stays without a change and without children, in milliseconds; for the modes with a TTL. */
  readonly ttlMs?: number;
}

/** The longest time to live: it must fit into 40 bits. */
const MAX_TTL_MS = 2 ** 40 - 1;

/** @throws {InvalidArgumentError} when no node can have the path */
export function checkPath(path: string): void {
  const reason = typeof path === 'string' ? validatePath(path) : 'it is no string';
  if (reason !== null) throw wrongPath(path, reason);
}

/**
 * @returns the kind of node
 * @throws {InvalidArgumentError} when path and options can't be right together
 */
export function checkCreate(path: string, { mode = CreateMode.persistent, ttlMs }: CreateOptions): CreateMode {
  if (!isCreateMode(mode)) throw new InvalidArgumentError(`${String(mode)} is no mode: take one of CreateMode`);
  const reason = typeof path === 'string' ? validateCreatePath(path, isSequential(mode)) : 'it is no string';
  if (reason !== null) throw wrongPath(path, reason);
  if (!isTtl(mode)) {
    if (ttlMs !== undefined) throw new InvalidArgumentError(`ttlMs for ${path} needs a mode with a TTL`);
  } else if (ttlMs === undefined || !Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw new InvalidArgumentError(`ttlMs for ${path} must be a whole number from 1 to ${MAX_TTL_MS}, not ${ttlMs}`);
  }
  return mode;
}

export function createRecord(path: string, data: Data | undefined, options: CreateOptions): CreateRequest {
  const { mode = CreateMode.persistent, acl = OPEN_ACL_UNSAFE } = options;
  return { path, data: dataBytes(data), acl: [...acl], flags: mode };
}

export function createTtlRecord(path: string, data: Data | undefined, options: CreateOptions): CreateTTLRequest {
  return { ...createRecord(path, data, options), ttl: options.ttlMs ?? 0 };
}

const NOTHING = Buffer.alloc(0);

/** Not a copy: the bytes must stay as they are until the request is answered. */
export function dataBytes(data: Data | undefined): Buffer | null {
  if (data === undefined) return NOTHING;
  if (data === null) return null;
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (!(data instanceof Uint8Array)) throw new InvalidArgumentError('data must be bytes, a string or null');
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** @throws {InvalidArgumentError} */
export function checkAuthInfo({ scheme, auth }: AuthInfo): void {
  if (typeof scheme === 'string' && (typeof auth === 'string' || auth instanceof Uint8Array)) return;
  throw new InvalidArgumentError('auth must be a scheme and its proof: a string, and a string or bytes');
}

/** @throws {InvalidArgumentError} */
export function checkSession({ id, password }: SessionHandover): void {
  if (typeof id === 'bigint' && password instanceof Uint8Array) return;
  throw new InvalidArgumentError('session must be the sessionId and the sessionPassword of another client');
}

function wrongPath(path: unknown, reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`${JSON.stringify(path) ?? 'undefined'} is no path of a node: ${reason}`);
}
