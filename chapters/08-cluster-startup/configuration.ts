/**
 * From the sources of a configuration to what is to be run: a server alone, or a member of an ensemble.
 *
 * The servers of an ensemble stand in zoo.cfg, or in a file of their own, which zoo.cfg names (`dynamicConfigFile`). One
 * participant alone is no ensemble, unless `standaloneEnabled=false`.
 *
 * @apache server.quorum.QuorumPeerConfig
 */
import { type Disk, DiskError } from '#00-introduction/world.js';
import {
  type ConfigEntries,
  type ConfigSources,
  entriesOfFile,
  type Found,
  readEntries,
  readSettings,
} from '#07-standalone-startup/config-entries.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { readServerConfig, requiredDataDir } from '#07-standalone-startup/zoo-cfg.js';
import { ConfigError, type Entry, quoted, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';
import { readMyId } from '#08-cluster-startup/my-id.js';
import { PEER_SETTINGS, type PeerConfig, peerConfig, peerSettings } from '#08-cluster-startup/peer-config.js';
import { isQuorumKey, parseQuorum, type QuorumOptions, readQuorum } from '#14-leader-election/quorum-config.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import { formatAddress, type QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';

export type Configuration = StandaloneConfiguration | PeerConfiguration;

export interface StandaloneConfiguration {
  readonly kind: 'standalone';
  readonly server: ServerConfig;
  /** What was ignored, and what is not as it should be; a line each. */
  readonly warnings: readonly string[];
}

export interface PeerConfiguration {
  readonly kind: 'peer';
  readonly server: ServerConfig;
  readonly peer: PeerConfig;
  /** Which of the servers this one is. */
  readonly myId: ServerId;
  readonly quorum: QuorumVerifier;
  /** A later configuration that was proposed, and may have been agreed to; null when there is none. */
  readonly lastSeenQuorum: QuorumVerifier | null;
  readonly warnings: readonly string[];
}

/** What a configuration may point to. */
export interface ConfigSurroundings {
  readonly disk: Disk;
  /** Makes a path of the configuration an absolute one. */
  absolutePath(path: string): string;
}

/** @throws {ConfigError | DiskError} says in one line what is wrong, where, and what would be right */
export function readConfiguration(sources: ConfigSources, surroundings: ConfigSurroundings): Configuration {
  const entries = readEntries(sources);
  const found = readSettings(PEER_SETTINGS, entries);
  const peer = peerConfig(found.given);
  const options: QuorumOptions = {
    multiAddressEnabled: peer.multiAddressEnabled,
    askOracle: peer.oraclePath === '' ? null : () => oracleSaysYes(peer.oraclePath, surroundings),
  };
  const list = findServers(entries, found, options, surroundings);
  const isMember = isDistributed(list, peer, found);

  const readServer = (self: QuorumServer | undefined): ReturnType<typeof readServerConfig> => {
    const known = { settings: peerSettings(), winners: new Set([...found.entries.values(), ...list.entries]) };
    return readServerConfig(entries, { clientAddress: self?.clientAddress ?? null, known, isMember });
  };
  if (!isMember) {
    const [only] = list.quorum.votingMembers.values();
    const { config, warnings } = readServer(only);
    return { kind: 'standalone', server: absolute(config, surroundings), warnings };
  }
  requireLimits(entries, peer, found);
  const dataDir = surroundings.absolutePath(requiredDataDir(entries));
  const myId = readMyId(surroundings.disk, dataDir, list.quorum, list.name);
  const { config, warnings } = readServer(list.quorum.allMembers.get(myId));
  if (config.extendedTypesEnabled && myId > LAST_ID_WITH_EXTENDED_TYPES) {
    throw new ConfigError(
      `${dataDir}/myid, line 1 is ${myId}, but must be at most ${LAST_ID_WITH_EXTENDED_TYPES} with extendedTypesEnabled=true`,
    );
  }
  return {
    kind: 'peer',
    server: absolute(config, surroundings),
    peer,
    myId,
    quorum: list.quorum,
    lastSeenQuorum: list.lastSeenQuorum,
    warnings: [...warnings, ...doubts(list, peer, found, myId)],
  };
}

/** The owner of a node with a time to live begins with 0xff, and the id of a session with the number of its server. */
const LAST_ID_WITH_EXTENDED_TYPES = 254n;

// ---------------------------------------------------------------------------------------- the servers

/** Where the servers stand, and who they are. */
interface ServerList {
  /** What errors call it. */
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly quorum: QuorumVerifier;
  readonly lastSeenQuorum: QuorumVerifier | null;
}

function findServers(
  { all, name }: ConfigEntries,
  found: Found<PeerConfig>,
  options: QuorumOptions,
  surroundings: ConfigSurroundings,
): ServerList {
  const entries = [...all.values()].filter(({ key }) => isQuorumKey(key));
  const pointer = found.entries.get('dynamicConfigFile');
  if (pointer === undefined || pointer.value === '') {
    return { name, entries, quorum: readQuorum(entries, options), lastSeenQuorum: null };
  }
  const [misplaced] = entries;
  if (misplaced) {
    throw new ConfigError(
      `${misplaced.label} must not stand here: dynamicConfigFile says that the servers are in ${quoted(pointer.value)}`,
    );
  }
  const path = surroundings.absolutePath(pointer.value);
  const text = readText(path, surroundings.disk);
  if (text === null) throw new ConfigError(`${pointer.label} is ${quoted(pointer.value)}, but there is no such file`);
  const version = [...entriesOfFile({ name: path, text }).values()].find(({ key }) => key === 'version');
  if (version) {
    throw new ConfigError(`${version.label} must not stand here: the version is the end of the file's name`);
  }
  const quorum = parseQuorum(`${text}\nversion=${versionOfFile(path)}`, path, options);
  return { name: path, entries: [], quorum, lastSeenQuorum: readNext(name, options, surroundings) };
}

/** `zoo.cfg.dynamic.1f0000002a` is of the version 0x1f0000002a; where no number stands, it is 0. */
function versionOfFile(path: string): string {
  return /\.([\da-f]{1,15})$/i.exec(path)?.[1] ?? '0';
}

/** A configuration that was proposed, and not known to be agreed to when the server went down. */
function readNext(name: string, options: QuorumOptions, surroundings: ConfigSurroundings): QuorumVerifier | null {
  const path = surroundings.absolutePath(`${name}.dynamic.next`);
  const text = readText(path, surroundings.disk);
  return text === null ? null : parseQuorum(text, path, options);
}

/**
 * Whether the servers make an ensemble; otherwise this one runs alone.
 * @throws {ConfigError} they make neither
 */
function isDistributed({ quorum, entries, name }: ServerList, peer: PeerConfig, found: Found<PeerConfig>): boolean {
  const { votingMembers, observingMembers } = quorum;
  const [observer] = observingMembers.keys();
  const observerLabel = entries.find(({ key }) => key === `server.${observer}`)?.label ?? `${name}: server.${observer}`;
  if (votingMembers.size === 0) {
    if (observer !== undefined) {
      throw new ConfigError(`${observerLabel} is an observer, but there is no participant to observe`);
    }
    if (peer.standaloneEnabled) return false;
    const label = found.entries.get('standaloneEnabled')?.label;
    throw new ConfigError(`${label} is false, but no server.N is a participant; without an ensemble leave it out`);
  }
  if (votingMembers.size > 1 || !peer.standaloneEnabled) return true;
  if (observer === undefined) return false;
  throw new ConfigError(
    `${observerLabel} is an observer, but the only participant would run alone; set standaloneEnabled=false for an ensemble of one`,
  );
}

// ------------------------------------------------------------------------------------------ other checks

/** @throws {ConfigError} how long servers wait for each other is not said */
function requireLimits(entries: ConfigEntries, peer: PeerConfig, found: Found<PeerConfig>): void {
  for (const field of ['initLimitTicks', 'syncLimitTicks'] as const) {
    if (peer[field] > 0) continue;
    const entry = found.entries.get(field);
    if (entry) throw wrongValue(entry, 'at least 1 in an ensemble');
    const { key, doc } = PEER_SETTINGS[field];
    throw new ConfigError(`${entries.name}: ${key} is not set, but must be in an ensemble (${doc.split('.')[0]})`);
  }
}

/** What works, and may not be meant. */
function doubts({ quorum, name }: ServerList, peer: PeerConfig, found: Found<PeerConfig>, myId: ServerId): string[] {
  const texts: string[] = [];
  const voters = quorum.votingMembers.size;
  if (quorum.failuresTolerated === 0) {
    const mend = quorum instanceof QuorumMaj ? '; for one it takes 3' : '';
    texts.push(`${name}: with these ${voters} voting servers no failure is tolerated${mend}`);
  } else if (quorum instanceof QuorumMaj && voters % 2 === 0) {
    texts.push(`${name}: ${voters} voting servers tolerate no more failures than ${voters - 1}`);
  }
  const role = quorum.allMembers.get(myId)?.role ?? 'participant';
  const peerType = found.entries.get('peerType');
  if (peerType ? peer.peerType !== role : role === 'observer') {
    const said = peerType ? `${peerType.label} is ${peer.peerType}` : `${name}: peerType is not set`;
    texts.push(
      `${said}, but server.${myId} is a line of ${role === 'observer' ? 'an observer' : 'a participant'}, which counts`,
    );
  }
  const owners = new Map<string, ServerId>();
  for (const { id, addresses } of quorum.allMembers.values()) {
    for (const address of addresses.flatMap(({ quorum, election }) => [quorum, election])) {
      const text = formatAddress(address);
      const owner = owners.get(text);
      if (owner !== undefined) texts.push(`${name}: server.${owner} and server.${id} both have the address ${text}`);
      owners.set(text, id);
    }
  }
  return texts;
}

// ------------------------------------------------------------------------------------------------- files

function absolute(config: ServerConfig, { absolutePath }: ConfigSurroundings): ServerConfig {
  return { ...config, dataDir: absolutePath(config.dataDir), dataLogDir: absolutePath(config.dataLogDir) };
}

/** @returns null when there is no such file */
function readText(path: string, disk: Disk): string | null {
  try {
    // What Java takes a properties file for.
    return disk.readFile(path).toString('latin1');
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** @apache server.quorum.flexible.QuorumOracleMaj#askOracle */
function oracleSaysYes(path: string, { disk, absolutePath }: ConfigSurroundings): boolean {
  try {
    return disk.readFile(absolutePath(path)).toString('latin1', 0, 1) === '1';
  } catch (error) {
    if (error instanceof DiskError) return false;
    throw error;
  }
}
