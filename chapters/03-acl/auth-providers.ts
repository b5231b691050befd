/**
 * The schemes: how an identity is proved, and which identities an entry of an ACL means.
 *
 * @apache server.auth.AuthenticationProvider
 */

import { Buffer } from 'node:buffer';
import { sha1 } from '@noble/hashes/legacy.js';
import { isInNetwork, isNetwork } from '#03-acl/ip-address.js';
import type { Id } from '#05-jute/records/data.js';

export interface AuthProvider {
  readonly scheme: string;
  /** Whether the client had to prove it: only such identities stand for `auth:` in an ACL. */
  readonly isProof: boolean;
  /**
   * What a client has proved with an auth packet.
   * @param host the client's address
   * @returns null when it proves nothing
   */
  authenticate(auth: Buffer | null, host: string): Id[] | null;
  /** Whether an ACL may name it. */
  isValid(aclId: string): boolean;
  matches(id: string, aclId: string): boolean;
  /** The name of the user, without what is nobody's business. */
  userName(id: string): string;
}

/** Everybody: no proof is needed, and none is taken. */
export const worldProvider: AuthProvider = {
  scheme: 'world',
  isProof: false,
  authenticate: () => null,
  isValid: (aclId) => aclId === 'anyone',
  matches: (_id, aclId) => aclId === 'anyone',
  userName: (id) => id,
};

/** Every connection has its address as an identity, asked or not. */
export const ipProvider: AuthProvider = {
  scheme: 'ip',
  isProof: false,
  authenticate: (_auth, host) => [ipIdentity(host)],
  isValid: isNetwork,
  matches: isInNetwork,
  userName: (id) => id,
};

export function ipIdentity(host: string): Id {
  return { scheme: 'ip', id: host.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') };
}

export const SUPER_SCHEME = 'super';

/**
 * A user and a password, `user:password`. What an ACL holds, and what the server compares, is `user:hash`.
 * @param superDigest the `user:hash` of the one who may do everything; empty: nobody may
 */
export function digestProvider(superDigest: string): AuthProvider {
  return {
    scheme: 'digest',
    isProof: true,
    authenticate(auth) {
      if (auth === null) return null;
      const id = digestOf(auth.toString('utf8'));
      const identity = { scheme: 'digest', id };
      return id === superDigest ? [{ scheme: SUPER_SCHEME, id: '' }, identity] : [identity];
    },
    isValid: (aclId) => /^[^:]*:[^:]+$/.test(aclId),
    matches: (id, aclId) => id === aclId,
    userName,
  };
}

/** @param userAndPassword `user:password` */
export function digestOf(userAndPassword: string): string {
  const hash = sha1(Buffer.from(userAndPassword, 'utf8'));
  return `${userName(userAndPassword)}:${Buffer.from(hash).toString('base64')}`;
}

const userName = (id: string): string => id.split(':', 1)[0] ?? '';
