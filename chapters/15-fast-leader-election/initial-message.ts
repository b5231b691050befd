/**
 * What a server says first on a connection to the election port of another: who it is, and where it can be reached.
 *
 *     long  version: -65536, one address; -65535, several with | between them (multiAddress.enabled)
 *     long  the sender's id
 *     int   length of the addresses, 1 to 2048
 *     …     host:port, or host:port|host:port; IPv6 in brackets
 *
 * Servers before 3.5 say only their id. It can't be negative, so it can't be taken for a version.
 *
 * @apache quorum.QuorumCnxManager.InitialMessage
 */
import { Buffer } from 'node:buffer';
import type { Address } from '#00-introduction/world.js';
import { formatAddress } from '#14-leader-election/quorum-server.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';

export interface InitialMessage {
  readonly sender: ServerId;
  /** Where to connect back to. Empty when the sender named none, or none that means anything elsewhere. */
  readonly addresses: readonly Address[];
}

/** What arrived is no initial message. The connection is of no use. */
export class InitialMessageError extends Error {
  override readonly name = 'InitialMessageError';
}

const ONE_ADDRESS = -65536n;
const SEVERAL_ADDRESSES = -65535n;

const LONG_BYTES = 8;
const ADDRESSES_OFFSET = 2 * LONG_BYTES + 4;
const MAX_ADDRESSES_BYTES = 2048;

/** No initial message is longer. */
export const MAX_INITIAL_MESSAGE_BYTES = ADDRESSES_OFFSET + MAX_ADDRESSES_BYTES;

/** @param several whether all addresses are sent, or only the first: a server that knows only one form is told one */
export function encodeInitialMessage(sender: ServerId, addresses: readonly Address[], several: boolean): Buffer {
  const sent = several ? addresses : addresses.slice(0, 1);
  const text = Buffer.from(sent.map(formatAddress).join('|'), 'utf8');
  const bytes = Buffer.alloc(ADDRESSES_OFFSET + text.length);
  bytes.writeBigInt64BE(several ? SEVERAL_ADDRESSES : ONE_ADDRESS, 0);
  bytes.writeBigInt64BE(sender, LONG_BYTES);
  bytes.writeInt32BE(text.length, 2 * LONG_BYTES);
  text.copy(bytes, ADDRESSES_OFFSET);
  return bytes;
}

/**
 * Reads it from the beginning of what has arrived so far.
 * @returns the message and its length; null when more has to arrive
 * @throws {InitialMessageError} whatever arrives, this becomes no initial message
 */
export function decodeInitialMessage(bytes: Buffer): { message: InitialMessage; sizeBytes: number } | null {
  if (bytes.length < LONG_BYTES) return null;
  const version = bytes.readBigInt64BE(0);
  if (version >= 0n) return { message: { sender: serverId(version), addresses: [] }, sizeBytes: LONG_BYTES };
  if (version !== ONE_ADDRESS && version !== SEVERAL_ADDRESSES) {
    throw new InitialMessageError(`${version} is no version of the election protocol`);
  }
  if (bytes.length < ADDRESSES_OFFSET) return null;
  const addressesBytes = bytes.readInt32BE(2 * LONG_BYTES);
  if (addressesBytes < 1 || addressesBytes > MAX_ADDRESSES_BYTES) {
    throw new InitialMessageError(`${addressesBytes} bytes of addresses; 1 to ${MAX_ADDRESSES_BYTES} are allowed`);
  }
  const sizeBytes = ADDRESSES_OFFSET + addressesBytes;
  if (bytes.length < sizeBytes) return null;
  const addresses = bytes.toString('utf8', ADDRESSES_OFFSET, sizeBytes).split('|').map(parseAddress);
  const usable = addresses.filter(({ host }) => !isWildcard(host));
  return { message: { sender: serverId(bytes.readBigInt64BE(LONG_BYTES)), addresses: usable }, sizeBytes };
}

/** How much of a wrong address goes into a message. */
const MOST_SHOWN = 100;

const ADDRESS = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+(?:%\w+)?)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/;

function parseAddress(text: string): Address {
  const found = ADDRESS.exec(text)?.groups;
  const port = Number(found?.port);
  if (found === undefined || port > 65_535) {
    const shown = JSON.stringify(text.slice(0, MOST_SHOWN));
    throw new InitialMessageError(`${shown} is no address; host:port or [host]:port is one`);
  }
  return { host: found.ipv6 ?? (found.host as string), port };
}

/** "Every address of mine": true where it was written, useless everywhere else. */
function isWildcard(host: string): boolean {
  return host.includes(':') ? /^[0:]+$/.test(host) : /^0(?:\.0){0,3}$/.test(host);
}
