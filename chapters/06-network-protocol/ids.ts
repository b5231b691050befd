/**
 * The two 64-bit numbers of ZooKeeper. Both are `bigint`, and the brands keep the compiler from letting one pass for
 * the other.
 */

declare const brand: unique symbol;

/** The number of a transaction: the epoch in the high 32 bits, a counter in the low 32. Its order is the order of history. */
export type Zxid = bigint & { readonly [brand]: 'Zxid' };

/** The number of a session. The top byte is the id of the server that made it. */
export type SessionId = bigint & { readonly [brand]: 'SessionId' };

export const zxid = (value: bigint): Zxid => value as Zxid;
export const sessionId = (value: bigint): SessionId => value as SessionId;

export const NO_ZXID = zxid(0n);
/** Means "none": no session, and as an owner, a node that belongs to none. */
export const NO_SESSION = sessionId(0n);

/** As log lines and file names have them: lower-case, no padding. Negative ones as the unsigned 64-bit number. */
export const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16);
