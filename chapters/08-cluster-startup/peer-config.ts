/** The configuration of a server as a member of an ensemble: what is set beside what every server has. */
import { inFile, type Settable, type SettingsOf, settled, shared } from '#07-standalone-startup/server-config.js';
import {
  anyText,
  decimal,
  decoded,
  INT_MIN,
  trueOrFalse,
  type ValueType,
} from '#07-standalone-startup/server-config-values.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';

/** What each field means, and what it is called in zoo.cfg, is in `PEER_SETTINGS`, field by field. */
export interface PeerConfig {
  readonly initLimitTicks: number;
  readonly syncLimitTicks: number;
  readonly connectToLearnerMasterLimitTicks: number;
  readonly dynamicConfigFile: string;
  readonly standaloneEnabled: boolean;
  readonly reconfigEnabled: boolean;
  readonly peerType: PeerRole;
  readonly electionAlg: 3;

  readonly quorumListenOnAllIps: boolean;
  readonly electionPortBindRetry: number;
  readonly connectionTimeoutMs: number;
  readonly quorumConnectionTimeoutMs: number;
  readonly multiAddressEnabled: boolean;
  readonly multiAddressReachabilityCheckEnabled: boolean;
  readonly multiAddressReachabilityCheckTimeoutMs: number;

  readonly minNotificationIntervalMs: number;
  readonly maxNotificationIntervalMs: number;
  readonly observerElectionDelayMs: number;
  readonly oraclePath: string;

  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
}

const role: ValueType<PeerRole> = {
  allowed: 'participant or observer',
  read: (text) => {
    const name = text.toLowerCase();
    return name === 'participant' || name === 'observer' ? name : undefined;
  },
};

const onlyThree: ValueType<3> = {
  allowed: '3 (fast leader election), the only one there is',
  read: (text) => (decimal(3, 3).read(text) === 3 ? 3 : undefined),
};

/** In the order in which they settle and are listed. The defaults are those of Apache ZooKeeper 3.9. */
export const PEER_SETTINGS: SettingsOf<PeerConfig> = {
  initLimitTicks: inFile(
    'initLimit',
    decimal(0),
    '0',
    'Ticks that followers may take to connect to a new leader and get level with it. Has to be set in an ensemble.',
  ),
  syncLimitTicks: inFile(
    'syncLimit',
    decimal(0),
    '0',
    'Ticks that a follower may be out of touch with its leader. Has to be set in an ensemble.',
  ),
  connectToLearnerMasterLimitTicks: {
    ...inFile('connectToLearnerMasterLimit', decimal(0), '0', 'Ticks for connecting to the leader; 0: initLimit.'),
    settle: (value, config) => (value === 0 ? config.initLimitTicks : value),
  },
  dynamicConfigFile: inFile(
    'dynamicConfigFile',
    anyText,
    '',
    'The file of the lines server.N, group.N and weight.N; none of them is in zoo.cfg then. Default: they are.',
  ),
  standaloneEnabled: inFile('standaloneEnabled', trueOrFalse, 'true', 'Whether a single participant runs alone.'),
  reconfigEnabled: inFile('reconfigEnabled', trueOrFalse, 'false', 'Whether clients may change the ensemble.'),
  peerType: inFile('peerType', role, 'participant', 'What this server is; where its server line differs, that counts.'),
  electionAlg: inFile('electionAlg', onlyThree, '3', 'How the leader is elected.'),

  quorumListenOnAllIps: inFile(
    'quorumListenOnAllIPs',
    trueOrFalse,
    'false',
    'Whether servers may connect to every address of this machine, not only to that of the server line.',
  ),
  electionPortBindRetry: shared(
    'electionPortBindRetry',
    decoded(0),
    '3',
    'How often a port for votes that is taken is tried again, a second apart; 0: for ever.',
  ),
  connectionTimeoutMs: shared('cnxTimeout', decoded(1), '5000', 'Milliseconds for connecting to a server to vote.'),
  quorumConnectionTimeoutMs: shared(
    'quorumCnxnTimeoutMs',
    decoded(INT_MIN),
    '-1',
    'Milliseconds that a server which connects may take to say who it is; -1: syncLimit.',
  ),
  multiAddressEnabled: shared('multiAddress.enabled', trueOrFalse, 'false', 'Whether servers have several addresses.'),
  multiAddressReachabilityCheckEnabled: shared(
    'multiAddress.reachabilityCheckEnabled',
    trueOrFalse,
    'true',
    'Whether an address is tried before it is chosen.',
  ),
  multiAddressReachabilityCheckTimeoutMs: shared(
    'multiAddress.reachabilityCheckTimeoutMs',
    decimal(1),
    '1000',
    'Milliseconds for that.',
  ),

  minNotificationIntervalMs: shared(
    'fastleader.minNotificationInterval',
    decoded(1),
    '200',
    'Milliseconds after which a server that hears no votes sends its own again; doubled each time.',
  ),
  maxNotificationIntervalMs: shared(
    'fastleader.maxNotificationInterval',
    decoded(1),
    '60000',
    'Milliseconds up to which it is doubled.',
  ),
  observerElectionDelayMs: shared(
    'observer.election.DelayMs',
    decoded(0),
    '200',
    'Milliseconds, a random part of them, that an observer waits before it looks for a leader again.',
  ),
  oraclePath: inFile(
    'oraclePath',
    anyText,
    '',
    'A file that says 1 when one server of two may go on without the other. Default: it may not.',
  ),

  localSessionsEnabled: inFile(
    'localSessionsEnabled',
    trueOrFalse,
    'false',
    'Whether sessions are known to one server only, until they need more.',
  ),
  localSessionsUpgradingEnabled: inFile(
    'localSessionsUpgradingEnabled',
    trueOrFalse,
    'false',
    'Whether such a session becomes one of the whole ensemble when it needs more.',
  ),
};

/** A whole configuration: what was given, Apache ZooKeeper's defaults for the rest. */
export function peerConfig(given: Partial<PeerConfig>): PeerConfig {
  return settled(PEER_SETTINGS, given);
}

/** The table as rows. */
export function peerSettings(): readonly Settable<unknown>[] {
  return Object.values(PEER_SETTINGS);
}
