/**
 * Permissions, and the access control lists that people ask for by name.
 *
 * @apache ZooDefs.Perms, ZooDefs.Ids
 */
import type { ACL, Id } from '#05-jute/records/data.js';

/** The bits of an entry's `perms`. */
export const Perms = {
  read: 1,
  write: 2,
  create: 4,
  delete: 8,
  admin: 16,
  all: 31,
} as const;

/** Everybody. */
export const ANYONE_ID_UNSAFE: Readonly<Id> = { scheme: 'world', id: 'anyone' };

/** Whoever asks, by every identity that was proved on the connection. */
export const AUTH_IDS: Readonly<Id> = { scheme: 'auth', id: '' };

/** Everybody may do everything. */
export const OPEN_ACL_UNSAFE: readonly ACL[] = [{ perms: Perms.all, id: ANYONE_ID_UNSAFE }];

/** Everybody may read. */
export const READ_ACL_UNSAFE: readonly ACL[] = [{ perms: Perms.read, id: ANYONE_ID_UNSAFE }];

/** Who creates the node may do everything, nobody else anything. */
export const CREATOR_ALL_ACL: readonly ACL[] = [{ perms: Perms.all, id: AUTH_IDS }];
