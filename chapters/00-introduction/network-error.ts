/** What the network's failures are called in plain words, the same in the real and in the simulated world. */
import { type Address, NetworkError } from '#00-introduction/world.js';

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; ports below 1024 need a privilege',
  EADDRINUSE: 'the port is in use by another program',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'connection refused; nothing listens there',
  ECONNRESET: 'the peer broke the connection',
  EHOSTUNREACH: 'the machine cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'no machine of that name is known',
  EPIPE: 'the peer has closed the connection',
  ETIMEDOUT: 'no answer in time',
};

/**
 * @param what what was tried, and with whom: `cannot connect to db:2181`
 * @param otherwise what to say about a code that has no plain words here
 */
export function networkError(code: string, what: string, otherwise = 'it failed'): NetworkError {
  return new NetworkError(code, `${what}: ${PLAIN_WORDS[code] ?? otherwise} (${code})`);
}

/** `host:port`, with brackets around an IPv6 host, and `*` for every address of this machine. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host || '*'}:${port}`;
}
