/** Four-letter words: the answers as text, what counts as a word on a connection, and the answers of Apache's server beside ours. */
import { beforeAll, describe, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { basicWords, fourLetterAnswer, type ServerView } from '#07-standalone-startup/four-letter-words.js';
import { VERSION } from '#07-standalone-startup/version.js';
import { ServerStats } from '#12-request-processors/server-stats.js';
import { startApacheServer } from '#testing/apache-server.node.js';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { connectRaw } from '#testing/raw-connection.node.js';
import { openSession } from '#testing/raw-session.node.js';
import { createNode } from '#testing/requests.js';
import { describeServers, describeWithPeers, startedOnce } from '#testing/servers.js';
import { startZoowalkProcess } from '#testing/zoowalk-process.node.js';

/** A server that has nothing to say but what a test gives it. */
function view(shown: Partial<ServerView> = {}): ServerView {
  return {
    stats: new ServerStats(),
    connections: [],
    outstanding: 0,
    lastZxid: zxid(0n),
    nodeCount: 5,
    mode: 'standalone',
    watchCounts: { watchers: 0, paths: 0, watches: 0 },
    environment: new Map(),
    ...shown,
  };
}

/** Of requests that took so long, whose replies left together. */
function statsOf(...latenciesMs: number[]): ServerStats {
  const stats = new ServerStats();
  for (const latencyMs of latenciesMs) stats.answered(100 - latencyMs);
  stats.repliesLeft({ monotonicMs: () => 100 });
  return stats;
}

const answer = (word: string, shown?: Partial<ServerView>, allowed: readonly string[] = ['*']) =>
  fourLetterAnswer(basicWords, allowed, word, view(shown));

describe('the answer to a word', () => {
  test('needs the word in the whitelist, or a star there', () => {
    expect(answer('ruok', {}, ['srvr', 'ruok'])).toBe('imok');
    expect(answer('ruok', {}, ['*'])).toBe('imok');
    expect(answer('ruok', {}, ['srvr'])).toBe('ruok is not executed because it is not in the whitelist.\n');
    expect(answer('ruok', {}, [])).toBe('ruok is not executed because it is not in the whitelist.\n');
    proves('CF-20');
  });

  test('is none when there is no such word, whatever the whitelist says', () => {
    expect(answer('what', {}, ['*', 'what'])).toBeNull();
    expect(answer('RUOK')).toBeNull();
    expect(answer('')).toBeNull();
  });

  test('may come from a table with more words', () => {
    const words = new Map([...basicWords, ['mode', (server: ServerView) => server.mode]]);
    expect(fourLetterAnswer(words, ['mode'], 'mode', view())).toBe('standalone');
  });

  test('srvr shows numbers, those of latency rounded away from its mean', () => {
    const stats = statsOf(0.6, 1.2, 2.3);
    stats.packetsReceived = 12;
    stats.packetsSent = 11;
    expect(answer('srvr', { stats, outstanding: 3, lastZxid: zxid(0x1_0000_000an), nodeCount: 7 })).toBe(
      `Zookeeper version: ${VERSION}\nLatency min/avg/max: 0/1.3667/3\nReceived: 12\nSent: 11\nConnections: 0\n` +
        'Outstanding: 3\nZxid: 0x10000000a\nMode: standalone\nNode count: 7\n',
    );
  });

  test('srvr shows a latency of 0 before there was a request, and whole means with a decimal', () => {
    expect(answer('srvr')).toContain('\nLatency min/avg/max: 0/0.0/0\n');
    expect(answer('srvr', { stats: statsOf(2) })).toContain('\nLatency min/avg/max: 2/2.0/2\n');
  });

  test('stat shows the connections as well', () => {
    const numbers = answer('srvr')
      ?.split('\n')
      .slice(1)
      .join('\n')
      .replace('Connections: 0', 'Connections: 3') as string;
    const counts = { packetsReceived: 5, packetsSent: 4, outstanding: 1 };
    const connections = [
      { remote: { host: '10.0.0.1', port: 1000 }, ...counts, isRead: true, hasUnsentBytes: false },
      { remote: { host: '10.0.0.2', port: 2000 }, ...counts, isRead: false, hasUnsentBytes: false },
      { remote: { host: '::1', port: 3000 }, ...counts, isRead: true, hasUnsentBytes: true },
    ];
    expect(answer('stat', { connections })).toBe(
      `Zookeeper version: ${VERSION}\nClients:\n` +
        ' /10.0.0.1:1000[1](queued=1,recved=5,sent=4)\n' +
        ' /10.0.0.2:2000[0](queued=1,recved=5,sent=4)\n' +
        ` /[::1]:3000[5](queued=1,recved=5,sent=4)\n\n${numbers}`,
    );
  });

  test('envi shows what the server was told of its surroundings, in that order', () => {
    const environment = new Map([
      ['host.name', 'here'],
      ['user.dir', '/srv/a=b'],
    ]);
    expect(answer('envi', { environment })).toBe(
      `Environment:\nzookeeper.version=${VERSION}\nhost.name=here\nuser.dir=/srv/a=b\n`,
    );
  });
});

/** Apache's shows no interest as long as one of its threads is busy with a connection, even after the reply. */
const withoutInterest = (line: string) => line.replace(/\[\d\]/, '');

describeServers('a word on a connection', (server) => {
  const running = startedOnce(server);

  /** Everything that comes back until the server closes the connection. */
  async function answerTo(bytes: string | Buffer): Promise<string> {
    using connection = await connectRaw(running.port);
    connection.sendBytes(Buffer.from(bytes));
    return (await connection.receiveRest()).toString();
  }

  /** Other words are answered: by then the server has read what was sent before. */
  const untilRead = () => fourLetterWord(running.port, 'ruok');

  test('is answered, and the connection closed', async () => {
    expect(await answerTo('ruok')).toBe('imok');
    proves('FL-09', 'FR-01');
  });

  test('may be followed by the end of a line, as telnet sends it, and by more', async () => {
    expect(await answerTo('ruok\r\n')).toBe('imok');
    expect(await answerTo('ruok\n')).toBe('imok');
    expect(await answerTo('ruokruok')).toBe('imok');
    expect(await answerTo(`ruok${'x'.repeat(100_000)}`)).toBe('imok');
  });

  test('may come in pieces', async () => {
    using connection = await connectRaw(running.port);
    for (const piece of ['r', 'uo', 'k']) {
      connection.sendBytes(Buffer.from(piece));
      await untilRead();
    }
    expect((await connection.receiveRest()).toString()).toBe('imok');
  });

  test('that there is not closes the connection without an answer', async () => {
    expect(await answerTo('what')).toBe('');
    expect(await answerTo('RUOK')).toBe('');
    // What telnet sends at Ctrl-C.
    expect(await answerTo(Buffer.from([0xff, 0xf4, 0xff, 0xfd]))).toBe('');
    proves('FL-18');
  });

  test('is no word after the handshake: it is the length of a frame that nobody sends', async () => {
    using session = await openSession(running.port);
    session.connection.sendBytes(Buffer.from('ruok'));
    expect((await session.connection.receiveRest()).toString()).toBe('');
    proves('FR-01', 'FR-02');
  });

  test('counts as a packet that came and one that was sent', async () => {
    const countsOf = (text: string) => [/Received: (\d+)/, /Sent: (\d+)/].map((line) => Number(line.exec(text)?.[1]));
    const before = countsOf(await answerTo('srvr'));
    const after = countsOf(await answerTo('srvr'));
    expect(after.map((count, i) => count - (before[i] as number))).toEqual([1, 1]);
  });

  test('stat shows each connection: what came, what was sent, and that nothing is read from the one that asks', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/counted');
    await session.call('ping', null);
    const lines = (await answerTo('stat')).split('\n').filter((line) => line.startsWith(' /'));
    const brief = lines.map((line) => line.replace(/127\.0\.0\.1:\d+/, 'client')).sort();
    expect(brief.map(withoutInterest)).toEqual([
      ' /client(queued=0,recved=1,sent=0)',
      ' /client(queued=0,recved=3,sent=3)',
    ]);
    if (server.name === 'zoowalk')
      expect(brief.map((line) => line.slice(0, 11))).toEqual([' /client[0]', ' /client[1]']);
    proves('FL-11');
  });
});

describeServers('the whitelist', (server) => {
  const running = startedOnce(server, { config: { '4lw.commands.whitelist': 'ruok, envi' } });

  test('lets its words pass, and srvr always', async () => {
    expect(await fourLetterWord(running.port, 'ruok')).toBe('imok');
    expect(await fourLetterWord(running.port, 'envi')).toMatch(/^Environment:\n/);
    expect(await fourLetterWord(running.port, 'srvr')).toMatch(/^Zookeeper version: /);
    expect(await fourLetterWord(running.port, 'stat')).toBe(
      'stat is not executed because it is not in the whitelist.\n',
    );
    proves('CF-20');
  });
});

describeWithPeers([peers.apacheServer], "beside Apache's server", () => {
  const words = ['envi', 'stat', 'srvr', 'ruok'] as const;
  type Answers = Record<(typeof words)[number], string>;
  let ours: Answers;
  let apaches: Answers;
  beforeAll(async () => {
    [ours, apaches] = await Promise.all([answersOf(startZoowalkProcess), answersOf(startApacheServer)]);
  }, TEST_GUARD_MS);

  /** What a server says after the same requests of one session. */
  async function answersOf(start: typeof startZoowalkProcess | typeof startApacheServer): Promise<Answers> {
    await using running = await start();
    using session = await openSession(running.port);
    await createNode(session, '/same');
    const answers: Partial<Answers> = {};
    for (const word of words) answers[word] = await fourLetterWord(running.port, word);
    return answers as Answers;
  }

  test('envi has the same keys in the same order, but for those of Java', () => {
    const keysOf = (text: string) => text.split('\n').map((line) => line.replace(/=.*/, ''));
    const ourKeys = keysOf(ours.envi);
    const apacheKeys = keysOf(apaches.envi);
    expect(ourKeys.filter((key) => !apacheKeys.includes(key))).toEqual(['node.version', 'os.tmpdir']);
    expect(apacheKeys.filter((key) => !ourKeys.includes(key))).toEqual([
      'java.version',
      'java.vendor',
      'java.home',
      'java.class.path',
      'java.library.path',
      'java.io.tmpdir',
      'java.compiler',
      // The most that the Java machine may take. What we say of memory is of the whole machine.
      'os.memory.max',
    ]);
    const inBoth = apacheKeys.filter((key) => ourKeys.includes(key));
    expect(inBoth).toHaveLength(12);
    expect(ourKeys.filter((key) => apacheKeys.includes(key))).toEqual(inBoth);
    proves('FL-06');
  });

  test('envi has values of the same kind', () => {
    const values = [
      /^zookeeper\.version=\d+\.\d+\.\d+-\S/m,
      /^host\.name=\S+$/m,
      /^user\.dir=\/\S+$/m,
      /^os\.memory\.free=\d+MB$/m,
      /^os\.memory\.total=\d+MB$/m,
    ];
    for (const value of values) {
      expect(ours.envi).toMatch(value);
      expect(apaches.envi).toMatch(value);
    }
  });

  /** Without what is different in every run, and with connections in one order. */
  function leveled(text: string): string[] {
    const lines = text
      .replace(/^Zookeeper version: \d+\.\d+\.\d+-.*$/m, 'Zookeeper version')
      .replace(/^Latency min\/avg\/max: \d+\/\d+\.\d+\/\d+$/m, 'Latency')
      // Apache's was asked until it served.
      .replace(/^(Received|Sent): \d+$/gm, '$1')
      .replace(/^ \/127\.0\.0\.1:\d+/gm, ' /client')
      .split('\n');
    const isConnection = (line: string) => line.startsWith(' /');
    return [...lines.filter((line) => !isConnection(line)), ...lines.filter(isConnection).map(withoutInterest).sort()];
  }

  test.each(words.slice(1))('%s is the same, line by line', (word) => {
    expect(leveled(ours[word])).toEqual(leveled(apaches[word]));
  });

  test('srvr has a line for each number', () => {
    expect(leveled(ours.srvr)).toEqual([
      'Zookeeper version',
      'Latency',
      'Received',
      'Sent',
      'Connections: 2',
      'Outstanding: 0',
      'Zxid: 0x2',
      'Mode: standalone',
      'Node count: 6',
      '',
    ]);
    proves('FL-10');
  });
});
