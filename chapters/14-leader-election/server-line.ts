/**
 * The line by which a server of an ensemble is known: `server.1=zoo1:2888:3888:participant;2181`.
 *
 *     line    = address { "|" address } [ ";" [ host ":" ] port ]
 *     address = host ":" port ":" port [ ":" role ]
 *     role    = "participant" | "observer"
 *
 * The ports are those for followers and for votes, the one behind `;` is for clients. An IPv6 host is in brackets.
 */
import type { Address } from '#00-introduction/world.js';
import { canonicalIpv6 } from '#03-acl/ip-address.js';
import { ConfigError, type Entry, quoted, wrongValue } from '#07-standalone-startup/zoo-cfg-entry.js';
import type { PeerRole, QuorumServer, ServerAddress } from '#14-leader-election/quorum-server.js';
import type { ServerId } from '#14-leader-election/server-id.js';

const FORM =
  'host:port:port, then maybe :participant or :observer, then maybe ;port or ;host:port (IPv6 in brackets; a port is 0 to 65535)';
/** Where clients connect to when the line only says by which port. */
const EVERYWHERE = '0.0.0.0';

/**
 * @param entry `server.N` and what it is set to
 * @param multiAddressEnabled whether a server may have more than one address
 * @throws {ConfigError} with what would be right
 * @apache server.quorum.QuorumPeer.QuorumServer
 */
export function parseServerLine(id: ServerId, entry: Entry, multiAddressEnabled: boolean): QuorumServer {
  // As in Java, nothing is left of an empty piece at the end: `h:1:2;` says no more than `h:1:2`.
  const [servers = '', client, ...rest] = pieces(entry.value, ';');
  const addresses = pieces(servers, '|').map((text) => parseAddress(text, entry));
  if (addresses.length === 0 || rest.length > 0) throw wrongValue(entry, FORM);
  if (addresses.length > 1 && !multiAddressEnabled) {
    throw new ConfigError(`${entry.label} has several addresses, but multiAddress.enabled is not set to true`);
  }
  const roles = new Set(addresses.map(({ role }) => role).filter((role) => role !== null));
  if (roles.size > 1) throw new ConfigError(`${entry.label} has several roles, but a server has one`);
  const [role = 'participant'] = roles;
  return {
    id,
    addresses: addresses.map(({ quorum, election }) => ({ quorum, election })),
    clientAddress: client === undefined ? null : parseClientAddress(client, entry),
    role,
  };
}

function parseAddress(text: string, entry: Entry): ServerAddress & { readonly role: PeerRole | null } {
  const { host, rest } = splitHost(text);
  const [quorumPort = null, electionPort = null] = rest.map(readPort);
  const role = rest[2]?.trim().toLowerCase() ?? null;
  if (host === '' || rest.length > 3 || quorumPort === null || electionPort === null || !isRole(role)) {
    throw wrongValue(entry, FORM);
  }
  if (quorumPort === electionPort) {
    throw new ConfigError(`${entry.label} is ${quoted(entry.value)}, but its two ports must not be the same`);
  }
  return { quorum: { host, port: quorumPort }, election: { host, port: electionPort }, role };
}

function parseClientAddress(text: string, entry: Entry): Address {
  const port = readPort(text);
  if (port !== null) return { host: EVERYWHERE, port };
  const { host, rest } = splitHost(text);
  const [clientPort = null] = rest.map(readPort);
  if (host === '' || rest.length > 1 || clientPort === null) throw wrongValue(entry, FORM);
  return { host, port: clientPort };
}

/** The host, and what follows behind colons. */
function splitHost(text: string): { readonly host: string; readonly rest: readonly string[] } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const [, address = '', rest = ''] = bracketed;
    return { host: canonicalIpv6(address) ?? address, rest: pieces(rest, ':') };
  }
  const [host = '', ...rest] = pieces(text, ':');
  return { host: /[[\]\s]/.test(host) ? '' : host, rest };
}

function isRole(text: string | null): text is PeerRole | null {
  return text === null || text === 'participant' || text === 'observer';
}

function readPort(text: string): number | null {
  const port = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : null;
}

/** Without the empty ones at the end. */
function pieces(text: string, separator: string): string[] {
  const all = text.split(separator);
  while (all.at(-1) === '') all.pop();
  return all;
}
