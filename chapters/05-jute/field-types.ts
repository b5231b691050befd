/**
 * Longs that are more than 64 bits. The IDL has one type for all of them; TypeScript should not let a session pass
 * for a transaction, nor make anyone compute with times as `bigint`. The name of a field tells which it is.
 */

export type LongKind =
  /** The number of a transaction: `Zxid`. */
  | 'zxid'
  /** The number of a session: `SessionId`. */
  | 'sessionId'
  /** Milliseconds, which fit a JavaScript `number` for the next 285 000 years. */
  | 'timeMs'
  /** Anything else: `bigint`. */
  | 'plain';

const LONG_KINDS: ReadonlyMap<string, LongKind> = new Map<string, LongKind>([
  ['zxid', 'zxid'],
  ['czxid', 'zxid'],
  ['mzxid', 'zxid'],
  ['pzxid', 'zxid'],
  ['lastZxidSeen', 'zxid'],
  ['relativeZxid', 'zxid'],

  ['sessionId', 'sessionId'],
  ['clientId', 'sessionId'],
  ['ephemeralOwner', 'sessionId'],

  ['ctime', 'timeMs'],
  ['mtime', 'timeMs'],
  ['time', 'timeMs'],
  ['ttl', 'timeMs'],
]);

/** @param fieldName the name of a field of type `long` */
export function longKind(fieldName: string): LongKind {
  return LONG_KINDS.get(fieldName) ?? 'plain';
}
