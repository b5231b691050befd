/**
 * Reads the configuration of one server from the entries that are there: which of them set what, whether the whole makes
 * sense, and which of them set nothing.
 *
 * Keys that nobody here knows are no error, as in Apache ZooKeeper; they come back as warnings.
 *
 * @apache server.quorum.QuorumPeerConfig
 */
import type { Address } from '#00-introduction/world.js';
import { type ConfigEntries, type Found, readSettings } from '#07-standalone-startup/config-entries.js';
import {
  type GivenConfig,
  SERVER_SETTINGS,
  type ServerConfig,
  type Settable,
  settings,
  withDefaults,
} from '#07-standalone-startup/server-config.js';
import { ConfigError, quoted, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';
import { type Known, refuseWhatWouldOpenTheServer, warningsAbout } from '#07-standalone-startup/zoo-cfg-other-keys.js';

export interface ReadConfig {
  readonly config: ServerConfig;
  /** What was ignored, and why; a line each. */
  readonly warnings: readonly string[];
}

/** What has been found out about the same entries elsewhere. */
export interface Surroundings {
  /** Where the server's line in the list of an ensemble says that its clients connect; null when it does not say. */
  readonly clientAddress: Address | null;
  /** The settings that others have read. */
  readonly known: Known;
  /** Whether the server is to be a member of an ensemble. */
  readonly isMember: boolean;
}

/** Nothing but a server. */
export const ALONE: Surroundings = {
  clientAddress: null,
  known: { settings: [], winners: new Set() },
  isMember: false,
};

/** @throws {ConfigError} says in one line what is wrong, where, and what would be right */
export function readServerConfig(entries: ConfigEntries, surroundings: Surroundings = ALONE): ReadConfig {
  const { given, entries: found } = readSettings(SERVER_SETTINGS, entries);
  const { clientAddress, known, isMember } = surroundings;
  refuseWhatWouldOpenTheServer(entries.all.values(), isMember);
  if (clientAddress !== null) {
    checkAgainstServerLine(clientAddress, found);
    given.clientPort = clientAddress.port;
    given.clientPortAddress = isWildcard(clientAddress.host) ? '' : clientAddress.host;
  }
  requireAll(given, entries.name);
  const config = withDefaults(given as GivenConfig);
  checkTimeouts(config, found);
  const allKnown = {
    settings: [...settings().map(([, setting]) => setting), ...known.settings],
    winners: new Set([...found.values(), ...known.winners]),
  };
  return { config, warnings: warningsAbout(entries, allKnown, isMember) };
}

type FoundEntries = Found<ServerConfig>['entries'];

/** @throws {ConfigError} the server line says otherwise than clientPort and clientPortAddress */
function checkAgainstServerLine(line: Address, found: FoundEntries): void {
  const [port, host] = [found.get('clientPort'), found.get('clientPortAddress')];
  if (port !== undefined && Number(port.value) !== line.port) {
    throw wrongValue(port, `${line.port}, as the server line says; or leave one of the two out`);
  }
  if (host !== undefined && !isWildcard(host.value) && host.value !== line.host) {
    throw wrongValue(host, `${line.host}, as the server line says; or leave one of the two out`);
  }
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^[0:]*$/.test(host);
}

/** @throws {ConfigError} it is not set */
export function requiredDataDir(entries: ConfigEntries): string {
  const { dataDir } = SERVER_SETTINGS;
  const { given } = readSettings({ dataDir }, entries);
  if (given.dataDir === undefined) throw notSet(entries.name, dataDir);
  return given.dataDir;
}

function requireAll(given: Partial<ServerConfig>, where: string): void {
  for (const [field, setting] of settings()) {
    if (setting.default === null && given[field] === undefined) throw notSet(where, setting);
  }
}

function notSet(where: string, { key, doc }: Settable<unknown>): ConfigError {
  return new ConfigError(`${where}: ${key} is not set, but must be (${doc.replace(/\.$/, '')})`);
}

function checkTimeouts(config: ServerConfig, found: FoundEntries): void {
  const { minSessionTimeoutMs: min, maxSessionTimeoutMs: max } = config;
  if (min <= max) return;
  // One of the two was set, since the defaults are in order.
  const culprit = found.get('maxSessionTimeoutMs') ?? found.get('minSessionTimeoutMs');
  throw new ConfigError(
    `${culprit?.label} is ${quoted(culprit?.value ?? '')}, but the shortest session (${min} ms) must not be longer ` +
      `than the longest (${max} ms)`,
  );
}
