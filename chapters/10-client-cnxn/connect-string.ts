/**
 * The text by which people name an ensemble: `host:port,host:port/chroot`. A port may be left out, an IPv6 address
 * stands in brackets, and all paths of the client lie below the chroot when there is one.
 *
 * @apache client.ConnectStringParser
 */
import type { Address } from '#00-introduction/world.js';
import { validatePath } from '#06-network-protocol/paths.js';
import { InvalidArgumentError } from '#10-client-cnxn/client-errors.js';

const DEFAULT_PORT = 2181;

export interface ConnectString {
  /** At least one, in the order of the text. */
  readonly addresses: readonly Address[];
  /** A path, or '' when there is none. */
  readonly chroot: string;
}

/** @throws {InvalidArgumentError} when the text is wrong; the message says where and what would be right */
export function parseConnectString(text: string): ConnectString {
  const slash = text.indexOf('/');
  const servers = slash === -1 ? text : text.slice(0, slash);
  return {
    addresses: servers.split(',').map((server) => parseServer(server.trim(), text)),
    chroot: slash === -1 ? '' : parseChroot(text.slice(slash), text),
  };
}

function parseServer(server: string, text: string): Address {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(server);
  if (bracketed) return { host: bracketed[1] as string, port: parsePort(bracketed[2], server, text) };
  const [host = '', port, ...more] = server.split(':');
  if (host.includes('[') || host.includes(']')) throw wrong(text, `the brackets of "${server}" don't match`);
  if (more.length > 0) throw wrong(text, `an IPv6 address stands in brackets: [${server}]:${DEFAULT_PORT}`);
  if (host === '') throw wrong(text, 'the name of a server is missing');
  if (/\s/.test(host)) throw wrong(text, `"${host}" is no name of a server`);
  return { host, port: parsePort(port, server, text) };
}

function parsePort(port: string | undefined, server: string, text: string): number {
  if (port === undefined) return DEFAULT_PORT;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) throw wrong(text, `"${port}" in "${server}" is no port from 1 to 65535`);
  return number;
}

function parseChroot(path: string, text: string): string {
  if (path === '/') return '';
  const reason = validatePath(path);
  if (reason !== null) throw wrong(text, `the chroot "${path}" is no path: ${reason}`);
  return path;
}

function wrong(text: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `connect string "${text}": ${what}. Right is, for example, "host1:2181,host2:2181/app".`,
  );
}
