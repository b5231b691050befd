/**
 * Who may do what: a node carries a list of (permissions, identity), a connection a list of identities. A request is
 * allowed when one entry has the permission and matches one identity.
 *
 * Only the scheme `world` is known here; the others come with authentication.
 */
import type { ACL } from '#05-jute/records/data.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';

/**
 * @param acl the node's list; null or empty protects nothing
 * @param needed one or several bits of `Perms`; one of them is enough
 */
export function permits(acl: readonly ACL[] | null, needed: number): boolean {
  if (acl === null || acl.length === 0) return true;
  for (const entry of acl) {
    if ((entry.perms & needed) !== 0 && entry.id.scheme === 'world' && entry.id.id === 'anyone') return true;
  }
  return false;
}

/** @throws {KeeperException} NoAuth */
export function checkAcl(acl: readonly ACL[] | null, needed: number): void {
  if (!permits(acl, needed)) throw KeeperException.of(ErrorCode.NoAuth);
}

/**
 * The list that a client asks for, without its duplicates.
 * @throws {KeeperException} InvalidACL: the list is empty, or an entry names an identity that doesn't exist
 */
export function normalizeAcl(acl: readonly ACL[] | null): ACL[] {
  if (acl === null || acl.length === 0) throw KeeperException.of(ErrorCode.InvalidACL);
  const normal: ACL[] = [];
  for (const entry of acl) {
    if (entry.id.scheme !== 'world' || entry.id.id !== 'anyone') throw KeeperException.of(ErrorCode.InvalidACL);
    if (!normal.some((other) => sameAcl(other, entry))) normal.push(entry);
  }
  return normal;
}

const sameAcl = (a: ACL, b: ACL): boolean => a.perms === b.perms && a.id.scheme === b.id.scheme && a.id.id === b.id.id;
