/**
 * Reads the configuration of an ensemble: the keys `server.N`, `group.N`, `weight.N` and `version`, wherever they stand.
 * That is zoo.cfg, a dynamic configuration file, the node `/zookeeper/config`, or what another server has sent.
 */
import { entriesOfFile } from '#07-standalone-startup/config-entries.js';
import { INT_MAX } from '#07-standalone-startup/server-config-values.js';
import { ConfigError, type Entry, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';
import { QuorumHierarchical } from '#14-leader-election/quorum-hierarchical.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import { rolesOf } from '#14-leader-election/quorum-members.js';
import { QuorumOracleMaj } from '#14-leader-election/quorum-oracle-maj.js';
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { findGroupMistake } from '#14-leader-election/quorums.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { parseServerLine } from '#14-leader-election/server-line.js';

export interface QuorumOptions {
  /** Whether a server may have more than one address. Default: no. */
  readonly multiAddressEnabled?: boolean;
  /** Whom an ensemble of two asks when one of them is alone; then groups mean nothing. Default: nobody. */
  readonly askOracle?: (() => boolean) | null;
}

/** Whether a key belongs to the configuration of an ensemble. A `version` only does where nothing else stands. */
export function isQuorumKey(key: string): boolean {
  return /^server\.|^group|^weight/.test(key);
}

/**
 * @param text as `QuorumVerifier.toText` has it, or the file
 * @param name what errors call it
 * @throws {ConfigError} for keys that don't belong there, too
 */
export function parseQuorum(text: string, name: string, options: QuorumOptions = {}): QuorumVerifier {
  const entries = [...entriesOfFile({ name, text }).values()];
  const stranger = entries.find(({ key }) => !isQuorumKey(key) && key !== 'version');
  if (stranger)
    throw new ConfigError(`${stranger.label} does not belong to the servers, groups and weights in this place`);
  return readQuorum(entries, options);
}

/**
 * @param entries other keys are passed over
 * @throws {ConfigError}
 */
export function readQuorum(entries: Iterable<Entry>, options: QuorumOptions = {}): QuorumVerifier {
  const servers = new Map<ServerId, QuorumServer>();
  const groups = new Map<bigint, readonly ServerId[]>();
  const weights = new Map<ServerId, number>();
  const entryOf = new Map<string, Entry>();
  let version = 0n;
  for (const entry of entries) {
    if (entry.key === 'version') version = readVersion(entry);
    if (!isQuorumKey(entry.key)) continue;
    const { kind, id } = readKey(entry);
    const name = `${kind}.${id}`;
    if (entryOf.has(name)) throw new ConfigError(`${entry.label} is the same as ${entryOf.get(name)?.label}`);
    entryOf.set(name, entry);
    if (kind === 'server') servers.set(id, parseServerLine(id, entry, options.multiAddressEnabled ?? false));
    else if (kind === 'group') groups.set(id, readGroup(entry));
    else weights.set(id, readWeight(entry));
  }
  if (options.askOracle) return new QuorumOracleMaj(servers.values(), version, options.askOracle);
  if (groups.size + weights.size === 0) return new QuorumMaj(servers.values(), version);

  const quorum = new QuorumHierarchical(servers.values(), { groups, weights }, version);
  // An ensemble without voters is wrong for another reason, and is for the caller to refuse.
  const mistake =
    quorum.votingMembers.size === 0 ? null : findGroupMistake({ roles: rolesOf(servers), groups, weights });
  if (mistake) throw new ConfigError(`${entryOf.get(mistake.key)?.label ?? mistake.key} ${mistake.problem}`);
  return quorum;
}

/** The last number of 63 bits means "an observer without a number" on the wire. */
const LAST_ID = 2n ** 63n - 2n;
export const ID_FORM = `a whole number from 0 to ${LAST_ID}`;

function readKey(entry: Entry): { readonly kind: 'server' | 'group' | 'weight'; readonly id: ServerId } {
  const [, kind, text = ''] = /^(server|group|weight)(?:\.(.*))?$/.exec(entry.key) ?? [];
  const id = readId(text);
  if (id === null) throw new ConfigError(`${entry.label}: what follows "${kind}." must be ${ID_FORM}`);
  return { kind: kind as 'server' | 'group' | 'weight', id };
}

/** @returns null for what is none */
export function readId(text: string): ServerId | null {
  const id = /^\+?\d{1,30}$/.test(text) ? BigInt(text.replace('+', '')) : -1n;
  return id >= 0n && id <= LAST_ID ? serverId(id) : null;
}

function readGroup(entry: Entry): readonly ServerId[] {
  return entry.value.split(':').map((text) => {
    const id = readId(text.trim());
    if (id === null) throw wrongValue(entry, 'the numbers of servers with colons between them, such as 1:2:3');
    return id;
  });
}

function readWeight(entry: Entry): number {
  const weight = /^[+-]?\d+$/.test(entry.value) ? Number(entry.value) : Number.NaN;
  if (!(Math.abs(weight) <= INT_MAX)) throw wrongValue(entry, `a whole number from 0 to ${INT_MAX}`);
  return weight + 0;
}

function readVersion(entry: Entry): bigint {
  if (!/^0*[\da-f]{1,16}$/i.test(entry.value) || BigInt(`0x${entry.value}`) >= 2n ** 63n) {
    throw wrongValue(entry, 'a hexadecimal number of 63 bits');
  }
  return BigInt(`0x${entry.value}`);
}
