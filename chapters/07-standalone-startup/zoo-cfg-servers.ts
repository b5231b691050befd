/**
 * The lines of an ensemble in the configuration of a server that runs alone: `server.1=host:2888:3888;2181`.
 *
 * One such line is allowed, and says at most where the server listens for clients. More of them are an ensemble, which
 * is refused: a server that ignored them would serve data that the others know nothing of.
 */
import type { Address } from '#00-introduction/world.js';
import { ConfigError, type Entry, quoted, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';

const SERVER_LINE =
  /^(?:\[[^\]]+\]|[^:;|]+):(?<quorum>\d+):(?<election>\d+)(?::(?<role>\w+))?(?:;(?:(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:;|]+)):)?(?<port>\d+))?$/;
const SERVER_LINE_FORM = 'host:port:port, then maybe :participant or :observer, then maybe ;port or ;host:port';

/**
 * Makes sure that the server is to run alone.
 * @returns the address for clients that the only server line names; null when there is no such line, or it names none
 * @throws {ConfigError} an ensemble is configured, or a server line is wrong
 */
export function standaloneClientAddress(entries: ReadonlyMap<string, Entry>): Address | null {
  const dynamic = entries.get('dynamicConfigFile');
  if (dynamic !== undefined) throw notServedYet(dynamic, 'a file of the servers of an ensemble');
  const standaloneEnabled = readStandaloneEnabled(entries.get('standaloneEnabled'));

  const servers = [...entries.values()].filter((entry) => entry.key.startsWith('server.')).map(readServerLine);
  const voters = servers.filter((server) => server.role === 'participant');
  const [only] = voters;
  if (only === undefined) {
    const [observer] = servers;
    if (observer)
      throw new ConfigError(`${observer.entry.label} is an observer, but there is no participant to observe`);
    return null;
  }
  if (voters.length > 1) throw notServedYet(servers[1]?.entry ?? only.entry, 'a further server');
  if (!standaloneEnabled) throw notServedYet(only.entry, 'an ensemble of one server (standaloneEnabled=false)');
  const observer = servers.find((server) => server !== only);
  if (observer) throw notServedYet(observer.entry, 'an observer');
  return only.clientAddress;
}

/** @throws {ConfigError} the server line says otherwise than clientPort and clientPortAddress */
export function checkAgainstServerLine(line: Address, port: Entry | undefined, host: Entry | undefined): void {
  if (port !== undefined && Number(port.value) !== line.port) {
    throw wrongValue(port, `${line.port}, as the server line says; or leave one of the two out`);
  }
  if (host !== undefined && !isWildcard(host.value) && host.value !== line.host) {
    throw wrongValue(host, `${line.host || '0.0.0.0'}, as the server line says; or leave one of the two out`);
  }
}

interface ServerLine {
  readonly entry: Entry;
  readonly role: 'participant' | 'observer';
  readonly clientAddress: Address | null;
}

function readServerLine(entry: Entry): ServerLine {
  if (!/^server\.[+-]?\d+$/.test(entry.key)) {
    throw new ConfigError(`${entry.label} is no name of a server: what follows "server." must be a whole number`);
  }
  if (entry.value.includes('|')) throw notServedYet(entry, 'a server with several addresses');
  const found = SERVER_LINE.exec(entry.value)?.groups;
  const role = (found?.role ?? 'participant').toLowerCase();
  if (!found || [found.quorum, found.election, found.port].some((port) => Number(port ?? 0) > 65535)) {
    throw wrongValue(entry, SERVER_LINE_FORM);
  }
  if (role !== 'participant' && role !== 'observer') throw wrongValue(entry, SERVER_LINE_FORM);
  if (found.quorum === found.election) {
    throw new ConfigError(`${entry.label} is ${quoted(entry.value)}, but its two ports must not be the same`);
  }
  const host = found.ipv6 ?? found.host ?? '';
  const clientAddress =
    found.port === undefined ? null : { host: isWildcard(host) ? '' : host, port: Number(found.port) };
  return { entry, role, clientAddress };
}

function readStandaloneEnabled(entry: Entry | undefined): boolean {
  const text = entry?.value.toLowerCase() ?? 'true';
  if (entry !== undefined && text !== 'true' && text !== 'false') throw wrongValue(entry, 'true or false');
  return text === 'true';
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::';
}

function notServedYet(entry: Entry, what: string): ConfigError {
  return new ConfigError(
    `${entry.label} names ${what}, but ensembles are not served yet; keep at most one server line for a server alone`,
  );
}
