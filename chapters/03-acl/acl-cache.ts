/**
 * Thousands of nodes share a handful of ACL lists. Each list is kept once, under a number; a node holds the number.
 *
 * Invariants: equal lists have one number; a number in use never changes its list. Numbers are written to snapshots,
 * so after loading, new ones continue above the largest, and also above those that a node has without there being a list
 * of that number: a snapshot taken while lists are added has such nodes, until the log is replayed.
 *
 * @apache server.ReferenceCountedACLCache
 */
import type { ACL } from '#05-jute/records/data.js';
import { ANYONE_ID_UNSAFE } from '#06-network-protocol/acls.js';

/** The number of "no list": anyone may do anything. */
export const OPEN_UNSAFE_ACL_ID = -1;

interface Entry {
  readonly id: number;
  readonly acl: ACL[];
  readonly key: string;
  nodes: number;
}

export class AclCache {
  private readonly byKey = new Map<string, Entry>();
  private readonly byId = new Map<number, Entry>();
  private lastId = 0;
  /** The one that was used last, which is mostly the one that is used next. */
  private lastUsed: Entry | null = null;

  /** The number of a list, for one node more. Null is the open list. */
  use(acl: ACL[] | null): number {
    if (acl === null) return OPEN_UNSAFE_ACL_ID;
    const entry = this.lastUsed?.acl === acl ? this.lastUsed : this.entryOf(acl);
    this.lastUsed = entry;
    entry.nodes++;
    return entry.id;
  }

  /** One node more with this number, as when loading a snapshot. */
  useId(id: number): void {
    const entry = this.byId.get(id);
    if (entry) entry.nodes++;
    else if (id > this.lastId) this.lastId = id;
  }

  /** One node less. */
  release(id: number): void {
    const entry = this.byId.get(id);
    if (entry && --entry.nodes <= 0) this.drop(entry);
  }

  /** Null is the open list. A number without a list gives nobody anything. */
  list(id: number): ACL[] | null {
    return id === OPEN_UNSAFE_ACL_ID ? null : (this.byId.get(id)?.acl ?? NOBODY);
  }

  has(id: number): boolean {
    return id === OPEN_UNSAFE_ACL_ID || this.byId.has(id);
  }

  /** Every list with its number, as a snapshot has them. */
  *entries(): IterableIterator<{ id: number; acl: ACL[] }> {
    for (const { id, acl } of this.byId.values()) yield { id, acl };
  }

  /** A list of a snapshot, used by no node so far. */
  restore(id: number, acl: ACL[]): void {
    this.lastId = Math.max(this.lastId, id);
    this.add(id, acl, keyOf(acl));
  }

  /** Forgets lists that no node uses: a snapshot may hold some. */
  purgeUnused(): void {
    for (const entry of this.byId.values()) {
      if (entry.nodes === 0) this.drop(entry);
    }
  }

  private entryOf(acl: ACL[]): Entry {
    const key = keyOf(acl);
    return this.byKey.get(key) ?? this.add(++this.lastId, acl, key);
  }

  private add(id: number, acl: ACL[], key: string): Entry {
    const entry: Entry = { id, acl, key, nodes: 0 };
    this.byId.set(id, entry);
    this.byKey.set(key, entry);
    return entry;
  }

  private drop(entry: Entry): void {
    this.byId.delete(entry.id);
    // a snapshot may hold the same list twice
    if (this.byKey.get(entry.key) === entry) this.byKey.delete(entry.key);
    if (this.lastUsed === entry) this.lastUsed = null;
  }
}

const NOBODY: ACL[] = [{ perms: 0, id: { ...ANYONE_ID_UNSAFE } }];

/** Different for different lists, whatever characters an identity is made of. */
function keyOf(acl: readonly ACL[]): string {
  let key = '';
  for (const { perms, id } of acl) key += `${perms} ${keyPart(id.scheme)} ${keyPart(id.id)} `;
  return key;
}

const keyPart = (text: string | null): string => (text === null ? '-' : `${text.length}:${text}`);
