/**
 * Four letters instead of a frame, and the server answers in plain text and closes: for people with a telnet, and for
 * scripts that look whether a server lives.
 *
 * @apache server.command.FourLetterCommands
 */
import { hex } from '#06-network-protocol/ids.js';
import type { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';

const VERSION = 'zoowalk-0.1.0';

const commands: Readonly<Record<string, (server: ZooKeeperServer) => string>> = {
  ruok: () => 'imok',
  srvr: (server) => head(server) + numbers(server),
  stat: (server) => `${head(server)}Clients:\n${clients(server)}\n${numbers(server)}`,
  envi: () => `Environment:\nzookeeper.version=${VERSION}\n`,
};

/** @returns null when the word is no command */
export function fourLetterAnswer(server: ZooKeeperServer, word: string): string | null {
  const command = commands[word];
  if (!command) return null;
  const allowed = server.config.fourLetterWordsWhitelist;
  if (!allowed.includes(word) && !allowed.includes('*')) {
    return `${word} is not executed because it is not in the whitelist.\n`;
  }
  return command(server);
}

const head = (_server: ZooKeeperServer): string => `Zookeeper version: ${VERSION}\n`;

function clients(server: ZooKeeperServer): string {
  let text = '';
  for (const { connection, received, sent } of server.cnxns) {
    text += ` /${connection.remote.host}:${connection.remote.port}[1](queued=0,recved=${received},sent=${sent})\n`;
  }
  return text;
}

function numbers(server: ZooKeeperServer): string {
  let received = 0;
  let sent = 0;
  for (const cnxn of server.cnxns) {
    received += cnxn.received;
    sent += cnxn.sent;
  }
  const { tree } = server.state;
  return (
    `Latency min/avg/max: 0/0.0/0\nReceived: ${received}\nSent: ${sent}\nConnections: ${server.cnxns.size}\n` +
    `Outstanding: ${server.outstanding}\nZxid: 0x${hex(tree.lastProcessedZxid)}\nMode: standalone\nNode count: ${tree.nodeCount}\n`
  );
}
