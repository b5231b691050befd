/**
 * Four letters instead of a frame, and the server answers in plain text and closes: for people with a telnet, and for
 * scripts that look whether a server lives.
 *
 * A word is an entry in a table, so that chapter 26 can add its own without a change here.
 *
 * @apache server.command.FourLetterCommands
 */
import { addressText } from '#00-introduction/network-error.js';
import type { Address } from '#00-introduction/world.js';
import { hex, type Zxid } from '#06-network-protocol/ids.js';
import { VERSION } from '#07-standalone-startup/version.js';
import type { ServerStats } from '#12-request-processors/server-stats.js';

/** What a word may look at. */
export interface ServerView {
  readonly stats: ServerStats;
  readonly connections: readonly ConnectionView[];
  /** Requests that were read and not answered yet. */
  readonly outstanding: number;
  readonly lastZxid: Zxid;
  readonly nodeCount: number;
  readonly mode: string;
  readonly watchCounts: { readonly watchers: number; readonly paths: number; readonly watches: number };
  /** Names and values, of the machine and the process. */
  readonly environment: ReadonlyMap<string, string>;
}

export interface ConnectionView {
  readonly remote: Address;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Requests of this connection that were read and not answered yet. */
  readonly outstanding: number;
  /** Whether what the client sends is read now. */
  readonly isRead: boolean;
  /** Whether the client has not taken all that was sent. */
  readonly hasUnsentBytes: boolean;
}

export type FourLetterWords = ReadonlyMap<string, (server: ServerView) => string>;

export const basicWords: FourLetterWords = new Map([
  ['ruok', () => IM_OK],
  ['srvr', (server) => version() + numbers(server)],
  ['stat', (server) => `${version()}Clients:\n${clients(server)}\n${numbers(server)}`],
  ['envi', environment],
  ['wchs', watches],
]);

/**
 * @param allowed the words that may be answered; `*` allows all
 * @returns null when the word is none
 */
export function fourLetterAnswer(
  words: FourLetterWords,
  allowed: readonly string[],
  word: string,
  server: ServerView,
): string | null {
  return answer(words, allowed, word, server);
}

/** What a server says that serves no clients at present: a member of an ensemble that has no leader yet. */
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

/**
 * The answer of such a server. What it can say of itself it says all the same.
 * @returns null when the word is none
 */
export function notServingAnswer(
  words: FourLetterWords,
  allowed: readonly string[],
  word: string,
  server: Pick<ServerView, 'environment'>,
): string | null {
  const whileNotServing = new Map<string, () => string>([...words.keys()].map((name) => [name, () => NOT_SERVING]));
  whileNotServing.set('ruok', () => IM_OK);
  whileNotServing.set('envi', () => environment(server));
  return answer(whileNotServing, allowed, word, undefined);
}

const IM_OK = 'imok';

function answer<Server>(
  words: ReadonlyMap<string, (server: Server) => string>,
  allowed: readonly string[],
  word: string,
  server: Server,
): string | null {
  const command = words.get(word);
  if (!command) return null;
  if (!allowed.includes(word) && !allowed.includes('*')) {
    return `${word} is not executed because it is not in the whitelist.\n`;
  }
  return command(server);
}

const version = (): string => `Zookeeper version: ${VERSION}\n`;

function clients({ connections }: ServerView): string {
  let text = '';
  for (const connection of connections) {
    const { remote, outstanding, packetsReceived, packetsSent } = connection;
    text += ` /${addressText(remote)}[${interestOps(connection)}](queued=${outstanding},recved=${packetsReceived},sent=${packetsSent})\n`;
  }
  return text;
}

/** What a selector of Java waits for: 1 is bytes to read, 4 is room to write. */
const interestOps = ({ isRead, hasUnsentBytes }: ConnectionView): number => (isRead ? 1 : 0) | (hasUnsentBytes ? 4 : 0);

function numbers({ stats, connections, outstanding, lastZxid, mode, nodeCount }: ServerView): string {
  const { minLatencyMs, averageLatencyMs, maxLatencyMs } = stats;
  const average = Number(averageLatencyMs.toFixed(4));
  const latency = `${Math.floor(minLatencyMs)}/${Number.isInteger(average) ? average.toFixed(1) : average}/${Math.ceil(maxLatencyMs)}`;
  return (
    `Latency min/avg/max: ${latency}\n` +
    `Received: ${stats.packetsReceived}\nSent: ${stats.packetsSent}\nConnections: ${connections.length}\n` +
    `Outstanding: ${outstanding}\nZxid: 0x${hex(lastZxid)}\nMode: ${mode}\nNode count: ${nodeCount}\n`
  );
}

function watches({ watchCounts: { watchers, paths, watches: total } }: ServerView): string {
  return `${watchers} connections watching ${paths} paths\nTotal watches:${total}\n`;
}

function environment({ environment: entries }: Pick<ServerView, 'environment'>): string {
  let text = `Environment:\nzookeeper.version=${VERSION}\n`;
  for (const [name, value] of entries) text += `${name}=${value}\n`;
  return text;
}
