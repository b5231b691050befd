/**
 * The configuration of a server: one table of everything that can be set, and the object that a server is given.
 *
 * Nothing else knows a key's name, its default or what it may be: the reader of zoo.cfg and the list that
 * `zoowalk server --list-keys` prints are made from the table below.
 */
import {
  anyText,
  commaList,
  decimal,
  decoded,
  fraction,
  INT_MAX,
  INT_MIN,
  kilobytes,
  limit,
  someText,
  trueOrFalse,
  type ValueType,
  yesOrNo,
} from '#07-standalone-startup/server-config-values.js';

/**
 * What a server is told when it is made. What each field means, and what it is called in zoo.cfg, is in
 * `SERVER_SETTINGS`, field by field.
 *
 * @apache server.ServerConfig
 */
export interface ServerConfig {
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly autocreateDataDir: boolean;

  readonly clientPort: number;
  readonly clientPortAddress: string;
  readonly clientPortListenBacklog: number;
  readonly maxClientCnxns: number;
  readonly maxCnxns: number;
  readonly sessionlessConnectionTimeoutMs: number;

  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;

  readonly snapCount: number;
  readonly snapSizeLimitBytes: number;
  readonly txnLogSizeLimitBytes: number;
  readonly preAllocSizeBytes: number;
  readonly forceSync: boolean;
  readonly fsyncWarningThresholdMs: number;
  readonly trustEmptySnapshot: boolean;
  readonly digestEnabled: boolean;
  readonly serializeLastProcessedZxid: boolean;

  readonly globalOutstandingLimit: number;
  readonly requestThrottleMaxRequests: number;
  readonly requestThrottleStallTimeMs: number;
  readonly requestThrottleDropStale: boolean;
  readonly requestStaleConnectionCheck: boolean;
  readonly requestStaleLatencyCheck: boolean;
  readonly throttledOpWaitTimeMs: number;

  readonly connectionThrottleTokens: number;
  readonly connectionThrottleFillTimeMs: number;
  readonly connectionThrottleFillCount: number;
  readonly connectionThrottleFreezeTimeMs: number;
  readonly connectionThrottleDropIncrease: number;
  readonly connectionThrottleDropDecrease: number;
  readonly connectionThrottleDecreaseRatio: number;
  readonly connectionThrottleWeightEnabled: boolean;
  readonly connectionThrottleGlobalSessionWeight: number;
  readonly connectionThrottleRenewSessionWeight: number;
  readonly connectionThrottleLocalSessionWeight: number;

  readonly maxBatchSize: number;
  readonly flushDelayMs: number;
  readonly maxWriteQueuePollTimeMs: number;
  readonly juteMaxBufferBytes: number;
  readonly juteMaxBufferExtraBytes: number;
  readonly largeRequestMaxBytes: number;
  readonly largeRequestThresholdBytes: number;

  readonly skipAcl: boolean;
  readonly superDigest: string;
  readonly enforceQuota: boolean;
  readonly extendedTypesEnabled: boolean;
  readonly closeSessionTxnEnabled: boolean;
  readonly readOnlyModeEnabled: boolean;
  readonly fourLetterWordsWhitelist: readonly string[];

  readonly containerCheckIntervalMs: number;
  readonly containerMaxPerMinute: number;
  readonly containerMaxNeverUsedIntervalMs: number;
}

/** One thing that can be set. */
export interface Setting<T, Config = ServerConfig> extends Settable<T> {
  /** The value in force, given the value that was set and the settings above this one. */
  readonly settle?: (value: T, config: Config) => T;
}

/** What it is called, what it may be, and what it is for. */
export interface Settable<T> {
  /** Its key in zoo.cfg; null when only a system property sets it. */
  readonly key: string | null;
  /** The system property (`-D`) that sets it; null when only zoo.cfg does. */
  readonly property: string | null;
  readonly type: ValueType<T>;
  /** The default, written as in zoo.cfg. Null: it has to be set. */
  readonly default: string | null;
  readonly doc: string;
}

/** A table of them: a row for each field of a configuration. */
export type SettingsOf<Config> = { readonly [Field in keyof Config]: Setting<Config[Field], Config> };

/** Every setting, in the order in which they settle and are listed. The defaults are those of Apache ZooKeeper 3.9. */
export const SERVER_SETTINGS: SettingsOf<ServerConfig> = {
  dataDir: inFile('dataDir', someText, null, 'Folder for snapshots, and for the log unless dataLogDir is set.'),
  dataLogDir: {
    ...inFile('dataLogDir', anyText, '', 'Folder for the transaction log. Default: dataDir.'),
    settle: (value, config) => value || config.dataDir,
  },
  autocreateDataDir: shared('datadir.autocreate', trueOrFalse, 'true', 'Whether folders that are missing are made.'),

  clientPort: inFile('clientPort', decimal(0, 65535), null, 'Port that clients connect to; 0 picks a free one.'),
  clientPortAddress: inFile('clientPortAddress', anyText, '', 'Address to listen on. Default: all of this machine.'),
  clientPortListenBacklog: inFile(
    'clientPortListenBacklog',
    decimal(INT_MIN),
    '-1',
    'How many connections may wait to be accepted; -1 leaves it to the operating system.',
  ),
  maxClientCnxns: inFile('maxClientCnxns', limit(decimal), '60', 'Most connections from one IP address.'),
  maxCnxns: shared('maxCnxns', limit(decoded), '0', 'Most connections in all.'),
  sessionlessConnectionTimeoutMs: shared(
    'nio.sessionlessCnxnTimeout',
    decoded(1),
    '10000',
    'Milliseconds after which a connection that has not opened a session is closed.',
  ),

  tickTimeMs: inFile(
    'tickTime',
    // Twenty ticks, the longest session, have to fit into the 32 bits of the protocol.
    decimal(1, Math.floor(INT_MAX / 20)),
    '3000',
    'Milliseconds of a tick, the unit of time-outs. Sessions expire on its multiples.',
  ),
  minSessionTimeoutMs: {
    ...inFile('minSessionTimeout', decimal(-1), '-1', 'Shortest session, in milliseconds; -1 is 2 ticks.'),
    settle: (value, config) => (value === -1 ? 2 * config.tickTimeMs : value),
  },
  maxSessionTimeoutMs: {
    ...inFile('maxSessionTimeout', decimal(-1), '-1', 'Longest session, in milliseconds; -1 is 20 ticks.'),
    settle: (value, config) => (value === -1 ? 20 * config.tickTimeMs : value),
  },

  snapCount: {
    ...shared(
      'snapCount',
      decoded(INT_MIN),
      '100000',
      'A snapshot follows after half to all as many writes; at least 2.',
    ),
    settle: (value) => Math.max(2, value),
  },
  snapSizeLimitBytes: shared(
    'snapSizeLimitInKb',
    kilobytes(decoded),
    '4194304',
    'A snapshot follows after half to all as much log as this; 0 or less: never for its size.',
  ),
  txnLogSizeLimitBytes: shared(
    'txnLogSizeLimitInKb',
    kilobytes(decoded),
    '-1',
    'A new log file is begun when this one is as large; 0 or less: only after a snapshot.',
  ),
  preAllocSizeBytes: shared(
    'preAllocSize',
    kilobytes(decimal),
    '65536',
    'The log file grows by as much at a time, which makes syncing it cheaper; 0 or less: as it is written.',
  ),
  forceSync: shared('forceSync', yesOrNo, 'yes', 'no: writes are acknowledged before they survive a power cut.'),
  fsyncWarningThresholdMs: shared(
    'fsync.warningthresholdms',
    decoded(0),
    '1000',
    'Milliseconds from which a sync of the log is worth a warning.',
  ),
  trustEmptySnapshot: shared(
    'snapshot.trust.empty',
    trueOrFalse,
    'false',
    'true: start although there are logs and no snapshot. Only for data of before 3.5.3.',
  ),
  digestEnabled: shared('digest.enabled', trueOrFalse, 'true', 'Whether log and snapshots carry a digest of the tree.'),
  serializeLastProcessedZxid: shared(
    'serializeLastProcessedZxid.enabled',
    trueOrFalse,
    'true',
    'Whether a snapshot carries the last transaction in it. A server older than 3.9 does not.',
  ),

  globalOutstandingLimit: shared(
    'globalOutstandingLimit',
    decoded(0),
    '1000',
    'Requests in work from which a connection has to wait for its answers before it is read again.',
  ),
  requestThrottleMaxRequests: shared(
    'request_throttle_max_requests',
    limit(decoded),
    '0',
    'Most requests in work; others wait in a queue before them. A second limit beside globalOutstandingLimit.',
  ),
  requestThrottleStallTimeMs: shared(
    'request_throttle_stall_time',
    decoded(1),
    '100',
    'Milliseconds after which that queue is looked through for requests that nobody waits for any more.',
  ),
  requestThrottleDropStale: shared(
    'request_throttle_drop_stale',
    trueOrFalse,
    'true',
    'Whether such requests are dropped, and their connections closed.',
  ),
  requestStaleConnectionCheck: shared(
    'request_stale_connection_check',
    trueOrFalse,
    'true',
    'Whether a request is such a one when its connection is closed.',
  ),
  requestStaleLatencyCheck: shared(
    'request_stale_latency_check',
    trueOrFalse,
    'false',
    'Whether a request is such a one when it has waited for longer than the time-out of its session.',
  ),
  throttledOpWaitTimeMs: shared(
    'throttled_op_wait_time',
    limit(decoded),
    '0',
    'Milliseconds in that queue after which a request fails with ThrottledOp (-127) instead of being done.',
  ),

  connectionThrottleTokens: shared(
    'connection_throttle_tokens',
    limit(decoded),
    '0',
    'Tokens for sessions that are asked for; who finds none is turned away.',
  ),
  connectionThrottleFillTimeMs: shared(
    'connection_throttle_fill_time',
    decoded(1),
    '1',
    'Milliseconds in which connection_throttle_fill_count new tokens come.',
  ),
  connectionThrottleFillCount: shared('connection_throttle_fill_count', decoded(1), '1', 'How many new tokens come.'),
  connectionThrottleFreezeTimeMs: shared(
    'connection_throttle_freeze_time',
    decoded(-1),
    '-1',
    'Milliseconds between changes of the chance to be turned away before the tokens are used up; -1: nobody is.',
  ),
  connectionThrottleDropIncrease: shared(
    'connection_throttle_drop_increase',
    fraction(0, 1),
    '0.02',
    'How much that chance grows when there are no tokens.',
  ),
  connectionThrottleDropDecrease: shared(
    'connection_throttle_drop_decrease',
    fraction(0, 1),
    '0.002',
    'How much it shrinks when there are enough.',
  ),
  connectionThrottleDecreaseRatio: shared(
    'connection_throttle_decrease_ratio',
    fraction(0, 1),
    '0',
    'The part of the tokens that may be gone while there are still enough.',
  ),
  connectionThrottleWeightEnabled: shared(
    'connection_throttle_weight_enabled',
    trueOrFalse,
    'false',
    'Whether sessions cost as many tokens as the three weights say; one token otherwise.',
  ),
  connectionThrottleGlobalSessionWeight: shared(
    'connection_throttle_global_session_weight',
    decoded(1),
    '3',
    'Tokens for a new session. Tokens that are set are multiplied by it.',
  ),
  connectionThrottleRenewSessionWeight: shared(
    'connection_throttle_renew_session_weight',
    decoded(1),
    '2',
    'Tokens for a session that is taken up again.',
  ),
  connectionThrottleLocalSessionWeight: shared(
    'connection_throttle_local_session_weight',
    decoded(1),
    '1',
    'Tokens for a local session. The other two weights are not below it.',
  ),

  maxBatchSize: shared('maxBatchSize', limit(decoded), '1000', 'Most writes that share one sync of the log.'),
  flushDelayMs: shared('flushDelay', decoded(0), '0', 'Milliseconds that a write waits for others to share its sync.'),
  maxWriteQueuePollTimeMs: {
    ...shared(
      'maxWriteQueuePollTime',
      decoded(-1),
      '-1',
      'Milliseconds that it waits at most since the last other one came; -1: a third of flushDelay.',
    ),
    settle: (value, config) => (value === -1 ? Math.floor(config.flushDelayMs / 3) : value),
  },
  juteMaxBufferBytes: asProperty(
    'jute.maxbuffer',
    decoded(1),
    '0xfffff',
    'Largest request, in bytes. To be the same on all servers and clients.',
  ),
  juteMaxBufferExtraBytes: {
    ...shared(
      'jute.maxbuffer.extrasize',
      decoded(INT_MIN),
      '-1',
      'A log record or packet between servers may be larger by as many bytes, at least 1024; -1: by jute.maxbuffer.',
    ),
    settle: (value, config) => Math.max(1024, value === -1 ? config.juteMaxBufferBytes : value),
  },
  largeRequestMaxBytes: shared(
    'largeRequestMaxBytes',
    decoded(1),
    '104857600',
    'Most bytes of large requests in work; see largeRequestThreshold.',
  ),
  largeRequestThresholdBytes: shared(
    'largeRequestThreshold',
    decoded(-1),
    '-1',
    'Bytes from which a request is a large one; -1: none is.',
  ),

  skipAcl: shared('skipACL', yesOrNo, 'no', 'yes: everybody may do everything.'),
  superDigest: shared(
    'DigestAuthenticationProvider.superDigest',
    anyText,
    '',
    'super:<hash of super:password>: who logs in so may do everything. Default: nobody can.',
  ),
  enforceQuota: shared(
    'enforceQuota',
    trueOrFalse,
    'false',
    'true: a write above its quota fails instead of being logged.',
  ),
  extendedTypesEnabled: shared(
    'extendedTypesEnabled',
    trueOrFalse,
    'false',
    'Whether nodes with a time to live are allowed.',
  ),
  closeSessionTxnEnabled: shared(
    'closeSessionTxn.enabled',
    trueOrFalse,
    'true',
    'Whether the log says which nodes went with their session. A server older than 3.6 cannot read it.',
  ),
  readOnlyModeEnabled: asProperty(
    'readonlymode.enabled',
    trueOrFalse,
    'false',
    'true: a server without a quorum serves clients that are content with reading; isro is answered too.',
  ),
  fourLetterWordsWhitelist: {
    ...shared(
      '4lw.commands.whitelist',
      commaList,
      'srvr',
      'Four-letter words that are answered; * for all. srvr is always.',
    ),
    settle: (value, config) => [...new Set([...value, 'srvr', ...(config.readOnlyModeEnabled ? ['isro'] : [])])],
  },

  containerCheckIntervalMs: asProperty(
    'znode.container.checkIntervalMs',
    decoded(1),
    '60000',
    'Milliseconds between two searches for empty containers and nodes that have outlived their time.',
  ),
  containerMaxPerMinute: asProperty(
    'znode.container.maxPerMinute',
    decoded(1),
    '10000',
    'Most of them removed in a minute.',
  ),
  containerMaxNeverUsedIntervalMs: asProperty(
    'znode.container.maxNeverUsedIntervalMs',
    decoded(0),
    '0',
    'Milliseconds after which a container that never had a child is removed too; 0: never.',
  ),
};

/** What `ServerConfig` can't do without: the rest has defaults. */
export type GivenConfig = Partial<ServerConfig> & Pick<ServerConfig, 'dataDir' | 'clientPort'>;

/** A whole configuration: what was given, Apache ZooKeeper's defaults for the rest. */
export function withDefaults(given: GivenConfig): ServerConfig {
  return settled(SERVER_SETTINGS, given);
}

/** The same for any table. Fields without a default have to be given. */
export function settled<Config>(table: SettingsOf<Config>, given: Partial<Config>): Config {
  const config: Partial<Config> = {};
  for (const field of Object.keys(table) as (keyof Config)[]) {
    const { type, default: standard, settle } = table[field];
    const value = given[field] ?? type.read(standard ?? '');
    // The settings above this one have settled; `settle` reads no others.
    config[field] = settle === undefined ? value : settle(value as Config[keyof Config], config as Config);
  }
  return config as Config;
}

/** The table as rows. What a row's values are is known by its field only, hence `unknown`. */
export function settings(): [keyof ServerConfig, Setting<unknown>][] {
  return Object.entries(SERVER_SETTINGS) as [keyof ServerConfig, Setting<unknown>][];
}

/** A key that only zoo.cfg has. */
export function inFile<T>(key: string, type: ValueType<T>, standard: string | null, doc: string): Settable<T> {
  return { key, property: null, type, default: standard, doc };
}

/** A key of zoo.cfg that stands for the system property of the same name behind `zookeeper.`. */
export function shared<T>(key: string, type: ValueType<T>, standard: string, doc: string): Settable<T> {
  return { key, property: `zookeeper.${key}`, type, default: standard, doc };
}

/** A system property without that prefix: no line of zoo.cfg can set it. */
export function asProperty<T>(property: string, type: ValueType<T>, standard: string, doc: string): Settable<T> {
  return { key: null, property, type, default: standard, doc };
}
