/**
 * Keys of Apache ZooKeeper that set nothing here: which of them a server alone may pass over in silence, which are
 * worth a warning, and which it must not ignore.
 */
import { type ServerConfig, settings } from '#07-standalone-startup/server-config.js';
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

/** @throws {ConfigError} a key asks for protection that this server can't give */
export function refuseWhatWouldOpenTheServer(entries: Iterable<Entry>): void {
  for (const entry of entries) {
    const reason = REFUSED.get(withoutPrefix(entry.key));
    if (reason === undefined || isOff(entry)) continue;
    throw new ConfigError(`${entry.label} is set, but ${reason}; leave it out to run without`);
  }
}

/**
 * @param found what each field was set by in the end
 * @returns the line that says why an entry that set nothing did so; null when nobody would expect it to
 */
export function warningAbout(
  entry: Entry,
  { found, isLine }: { readonly found: ReadonlyMap<keyof ServerConfig, Entry>; readonly isLine: boolean },
): string | null {
  for (const [field, { key, property }] of settings()) {
    const winner = found.get(field);
    // A line that an option takes the place of was meant to lose.
    if (entry.key === key && winner !== undefined) return null;
    if (entry.key !== property) continue;
    if (!isLine) return `${entry.label} has no effect: ${winner?.label} is set, and goes before it`;
    return `${entry.label} has no effect in a file; write ${key ?? `-D${property}=… on the command line`}`;
  }
  const key = withoutPrefix(entry.key);
  if (ABOUT_ENSEMBLES.has(key) || ABOUT_ENSEMBLES_PREFIXES.some((prefix) => key.startsWith(prefix))) return null;
  return isOff(entry) ? null : `${entry.label} has no effect: this server has nothing that it sets`;
}

/** What we do not have is off already. */
function isOff(entry: Entry): boolean {
  return entry.value.toLowerCase() === 'false';
}

function withoutPrefix(key: string): string {
  return key.replace(/^zookeeper\./, '');
}
