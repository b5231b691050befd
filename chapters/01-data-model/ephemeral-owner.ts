/**
 * One 64-bit field says what kind of node a node is. It holds the session that owns an ephemeral node, or one of a few
 * markers that can't be a session's number:
 *
 *     0                            an ordinary node
 *     0x8000000000000000           a container
 *     0xff 00 00 <ttl, 5 bytes>    a node with a time to live in milliseconds (only with extendedTypesEnabled)
 *     anything else                an ephemeral of that session
 *
 * @apache server.EphemeralType
 */
import { NO_SESSION, type SessionId, sessionId } from '#06-network-protocol/ids.js';

export type NodeKind = 'persistent' | 'ephemeral' | 'container' | 'ttl';

export const CONTAINER_OWNER: SessionId = sessionId(-0x8000000000000000n);

/** The longest time to live: 2^40 - 1 milliseconds, almost 35 years. */
export const MAX_TTL_MS = 0xff_ffff_ffff;

const TTL_MARK = -0x0100000000000000n; // 0xff00000000000000 as a signed long
const TTL_BITS = 0x00ff_ffff_ffffn;
const FEATURE_BITS = 0x00ff_ff00_0000_0000n;

/** @param ttlMs 1 to MAX_TTL_MS */
export const ttlOwner = (ttlMs: number): SessionId => sessionId(TTL_MARK | BigInt(ttlMs));

/** The time to live that `ttlOwner` put into an owner field, in milliseconds. */
export const ttlMsOf = (owner: SessionId): number => Number(owner & TTL_BITS);

/** @param extendedTypes whether `extendedTypesEnabled` is set; without it a TTL node looks like an ephemeral */
export function nodeKind(owner: SessionId, extendedTypes: boolean): NodeKind {
  if (owner === NO_SESSION) return 'persistent';
  if (owner === CONTAINER_OWNER) return 'container';
  // A kind that comes after ours: whatever it is, nobody owns it.
  if (extendedTypes && owner >> 56n === -1n) return (owner & FEATURE_BITS) === 0n ? 'ttl' : 'persistent';
  return 'ephemeral';
}
