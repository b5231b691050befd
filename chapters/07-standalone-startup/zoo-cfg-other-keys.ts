/**
 * Keys of Apache ZooKeeper that set nothing here: which of them a server alone may pass over in silence, which are
 * worth a warning, and which it must not ignore.
 */
import type { ConfigEntries } from '#07-standalone-startup/config-entries.js';
import type { Settable } from '#07-standalone-startup/server-config.js';
import { ConfigError, type Entry } from '#07-standalone-startup/zoo-cfg-entry.js';

/** They say how servers of an ensemble work together; to a server alone they mean nothing, here and in Apache's. */
const ABOUT_ENSEMBLES: ReadonlySet<string> = new Set([
  'initLimit',
  'syncLimit',
  'electionAlg',
  'electionPortBindRetry',
  'cnxTimeout',
  'quorumCnxnTimeoutMs',
  'connectToLearnerMasterLimit',
  'quorumListenOnAllIPs',
  'leaderServes',
  'syncEnabled',
  'peerType',
  'reconfigEnabled',
  'standaloneEnabled',
  'observerMasterPort',
  'localSessionsEnabled',
  'localSessionsUpgradingEnabled',
]);
const ABOUT_ENSEMBLES_PREFIXES = [
  'server.',
  'group',
  'weight',
  'quorum.',
  'leader.',
  'follower.',
  'learner.',
  'observer.',
];

/** They keep clients out, or what is said secret. To ignore them would open the server. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['secureClientPort', 'TLS is not served yet'],
  ['client.portUnification', 'TLS is not served yet'],
  ['sessionRequireClientSASLAuth', 'SASL is not served yet, and without it every client would be let in'],
  ['enforce.auth.enabled', 'this check is not made yet, and without it every client would be let in'],
]);

/** They keep strangers out of the ensemble. */
const REFUSED_TO_MEMBERS: ReadonlyMap<string, string> = new Map([
  ['sslQuorum', 'TLS between servers is not there yet'],
  ['quorum.auth.enableSasl', 'SASL between servers is not there yet'],
]);

/**
 * @param isMember whether the server is to be a member of an ensemble
 * @throws {ConfigError} a key asks for protection that this server can't give
 */
export function refuseWhatWouldOpenTheServer(entries: Iterable<Entry>, isMember: boolean): void {
  for (const entry of entries) {
    const key = withoutPrefix(entry.key);
    const reason = REFUSED.get(key) ?? (isMember ? REFUSED_TO_MEMBERS.get(key) : undefined);
    if (reason === undefined || isOff(entry)) continue;
    throw new ConfigError(`${entry.label} is set, but ${reason}; leave it out to run without`);
  }
}

/** What is known about a configuration: everything that can be set, and the entries that have set something. */
export interface Known {
  readonly settings: readonly Settable<unknown>[];
  readonly winners: ReadonlySet<Entry>;
}

/** @returns a line for each entry that sets nothing, unless nobody would expect it to */
export function warningsAbout({ lines, options }: ConfigEntries, known: Known, isMember: boolean): string[] {
  const unused = [...lines.values(), ...options.values()].filter((entry) => !known.winners.has(entry));
  return unused
    .map((entry) => warningAbout(entry, { known, isLine: lines.get(entry.key) === entry, isMember }))
    .filter((text) => text !== null);
}

function warningAbout(
  entry: Entry,
  { known, isLine, isMember }: { readonly known: Known; readonly isLine: boolean; readonly isMember: boolean },
): string | null {
  for (const { key, property } of known.settings) {
    const winner = [...known.winners].find((other) => other.key === key || other.key === property);
    // A line that an option takes the place of was meant to lose.
    if (entry.key === key && winner !== undefined) return null;
    if (entry.key !== property) continue;
    if (!isLine) return `${entry.label} has no effect: ${winner?.label} is set, and goes before it`;
    return `${entry.label} has no effect in a file; write ${key ?? `-D${property}=… on the command line`}`;
  }
  const key = withoutPrefix(entry.key);
  if (!isMember && isAboutEnsembles(key)) return null;
  return isOff(entry) ? null : `${entry.label} has no effect: this server has nothing that it sets`;
}

function isAboutEnsembles(key: string): boolean {
  return ABOUT_ENSEMBLES.has(key) || ABOUT_ENSEMBLES_PREFIXES.some((prefix) => key.startsWith(prefix));
}

/** What we do not have is off already. */
function isOff(entry: Entry): boolean {
  return entry.value.toLowerCase() === 'false';
}

function withoutPrefix(key: string): string {
  return key.replace(/^zookeeper\./, '');
}
