/**
 * Who may do what: a node carries a list of (permissions, identity), a connection a list of identities. A request is
 * allowed when one entry has the permission and matches one identity.
 *
 * @apache server.ZooKeeperServer#checkACL, server.PrepRequestProcessor#fixupACL
 */
import type { Buffer } from 'node:buffer';
import { type AuthProvider, digestProvider, ipProvider, SUPER_SCHEME, worldProvider } from '#03-acl/auth-providers.js';
import type { ACL, Id } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE, Perms } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';

/** What a connection has proved to be. */
export type Identities = readonly Id[];

/** What the server itself is, when it acts for nobody. */
export const NO_IDENTITIES: Identities = [];

export interface AccessSettings {
  /** Nobody is refused anything (`skipACL`). */
  readonly skipAcl: boolean;
  /** `super:hash` of the one who may do everything; empty: nobody may. */
  readonly superDigest: string;
}

export class AccessControl {
  private readonly providers: ReadonlyMap<string, AuthProvider>;
  private readonly skipsChecks: boolean;

  constructor({ skipAcl, superDigest }: AccessSettings) {
    const providers = [worldProvider, ipProvider, digestProvider(superDigest)];
    this.providers = new Map(providers.map((provider) => [provider.scheme, provider]));
    this.skipsChecks = skipAcl;
  }

  /**
   * @param acl the node's list; null or empty protects nothing
   * @param needed one or several bits of `Perms`; one of them is enough
   */
  permits(acl: readonly ACL[] | null, needed: number, identities: Identities): boolean {
    if (acl === null || acl.length === 0 || this.skipsChecks) return true;
    for (const { perms, id } of acl) {
      if ((perms & needed) !== 0 && (isAnyone(id) || this.isOneOf(identities, id))) return true;
    }
    return identities.some(({ scheme }) => scheme === SUPER_SCHEME);
  }

  /** @throws {KeeperException} NoAuth */
  check(acl: readonly ACL[] | null, needed: number, identities: Identities): void {
    if (!this.permits(acl, needed, identities)) throw KeeperException.of(ErrorCode.NoAuth);
  }

  /**
   * The list that a client asks for, as the node keeps it: without duplicates, and with the client's own identities in
   * place of `auth`.
   * @throws {KeeperException} InvalidACL: the list is empty, or an entry names an identity that can't exist;
   *   MarshallingError: an entry names none
   */
  normalize(acl: readonly ACL[] | null, identities: Identities): ACL[] {
    if (acl?.length === 1 && isOpen(acl[0] as ACL)) return OPEN;
    const normal: ACL[] = [];
    for (const entry of acl ?? []) {
      for (const meant of this.meaningOf(entry, identities)) {
        if (!normal.some((other) => isSame(other, meant))) normal.push(meant);
      }
    }
    if (normal.length === 0) throw KeeperException.of(ErrorCode.InvalidACL);
    return normal;
  }

  /**
   * @param host the client's address
   * @returns what the client has proved; null when it proved nothing, or the scheme is unknown
   */
  authenticate(scheme: string, auth: Buffer | null, host: string): Identities | null {
    return this.providers.get(scheme)?.authenticate(auth, host) ?? null;
  }

  /** The name behind an identity; empty when its scheme has none. */
  userName({ scheme, id }: Id): string {
    return this.providers.get(scheme ?? '')?.userName(id ?? '') ?? '';
  }

  private isOneOf(identities: Identities, { scheme, id: aclId }: Id): boolean {
    const provider = this.providers.get(scheme ?? '');
    if (!provider) return false;
    return identities.some(({ scheme: proved, id }) => proved === scheme && provider.matches(id ?? '', aclId ?? ''));
  }

  private meaningOf(entry: ACL, identities: Identities): ACL[] {
    const { scheme, id } = entry.id;
    if (scheme === 'auth') {
      const proved = identities.filter((identity) => this.providers.get(identity.scheme ?? '')?.isProof);
      if (proved.length === 0) throw KeeperException.of(ErrorCode.InvalidACL);
      return proved.map((identity) => ({ perms: entry.perms, id: identity }));
    }
    const provider = this.providers.get(scheme ?? '');
    if (provider && id === null) throw KeeperException.of(ErrorCode.MarshallingError);
    if (!provider?.isValid(id ?? '')) throw KeeperException.of(ErrorCode.InvalidACL);
    return [entry];
  }
}

/** What nearly everybody asks for: kept once. */
const OPEN: ACL[] = [...OPEN_ACL_UNSAFE];

const isOpen = ({ perms, id }: ACL): boolean => perms === Perms.all && isAnyone(id);

const isAnyone = ({ scheme, id }: Id): boolean => scheme === 'world' && id === 'anyone';

const isSame = (a: ACL, b: ACL): boolean => a.perms === b.perms && a.id.scheme === b.id.scheme && a.id.id === b.id.id;
