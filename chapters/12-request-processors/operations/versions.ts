import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';

/** A client that gives this version accepts any. */
export const ANY_VERSION = -1;

/**
 * The version after this one.
 * @param expected what the client believes the version is, or `ANY_VERSION`
 * @throws {KeeperException} BadVersion: the client is wrong
 */
export function nextVersion(current: number, expected: number): number {
  if (expected !== ANY_VERSION && expected !== current) throw KeeperException.of(ErrorCode.BadVersion);
  return (current + 1) | 0;
}
