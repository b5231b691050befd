/**
 * Apache ZooKeeper, as Debian installs it, as a child of the test: a zoo.cfg and a data folder of its own under the
 * system's folder for temporary files, a free port, no admin server, every four-letter word allowed.
 */
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUARD_MS, spawnTied } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { assertInstalled, javaBinary, peers, zookeeperJar } from '#testing/peers.node.js';

export interface ApacheServerOptions {
  /** The port for clients; a free one by default. */
  readonly port?: number;
  /** Kept afterwards when given; otherwise a new folder that is removed at the end. */
  readonly dataDir?: string;
  /** Lines of zoo.cfg, added to or replacing `apacheDefaults`. `server.1` and so on make it a member of an ensemble. */
  readonly config?: Readonly<Record<string, string>>;
  /** System properties, without `-D`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The number that goes into the file myid. */
  readonly myId?: number;
  readonly heapMb?: number;
  /** Options of the JVM. The default is made for a quick start; a benchmark should say what it wants. */
  readonly javaOptions?: readonly string[];
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';
  /** What to wait for: that it serves clients (default), or only that it answers `ruok`, as a member without a quorum does. */
  readonly ready?: 'serving' | 'running';
}

export interface ApacheServer {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly configFile: string;
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<void>;
  /** Sends a signal (SIGKILL by default) and waits for the end, unless the signal only stops or continues it. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** What it has logged so far. */
  logText(): string;
  /** Ends it and removes what was made for it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The lines of zoo.cfg that are there unless the options say otherwise. */
export const apacheDefaults: Readonly<Record<string, string>> = {
  'admin.enableServer': 'false',
  '4lw.commands.whitelist': '*',
  clientPortAddress: '127.0.0.1',
};

export const apacheServerIsInstalled = (): boolean => peers.apacheServer.isInstalled();

/**
 * Starts a server and waits until it answers.
 * @throws {Error} (as a rejection) it is not installed, or it ended before it answered: the message has its log
 */
export async function startApacheServer(options: ApacheServerOptions = {}): Promise<ApacheServer> {
  assertInstalled(peers.apacheServer);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, options.port ?? (await freePort()));
    } catch (error) {
      // Somebody else may have taken the port between our look and the server's start.
      const taken = String(error).includes('Address already in use') && options.port === undefined;
      if (!taken || attempt === 3) throw error;
    }
  }
}

/**
 * A port that nobody listened on a moment ago, below those that the system gives to outgoing connections. From among
 * those, a client that asks "are you there yet?" can be given the very port that it asks for: it is then connected to
 * itself, and the server finds its port taken.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (FIRST_OUTGOING_PORT - LOWEST_PORT));
    if (await isFree(port)) return port;
  }
}

const LOWEST_PORT = 15_000;
const FIRST_OUTGOING_PORT = 32_768;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function startOnce(options: ApacheServerOptions, port: number): Promise<ApacheServer> {
  const folder = mkdtempSync(join(tmpdir(), 'zoowalk-apache-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const configFile = join(folder, 'zoo.cfg');
  const logFile = join(folder, 'server.log');
  writeFiles(options, { dataDir, configFile, port });

  const log = openSync(logFile, 'a');
  const child = spawnTied(javaBinary, javaArguments(options, configFile), { stdio: ['ignore', log, log], cwd: folder });
  closeSync(log);

  let ended = false;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const logText = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
  };
  const dispose = async () => {
    if (!ended) await kill();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await waitUntilReady(port, options.ready ?? 'serving', () => ended);
  } catch (error) {
    const text = logText();
    await dispose();
    throw new Error(`Apache's server did not start: ${String(error)}\n${text}`);
  }
  return {
    host: '127.0.0.1',
    port,
    dataDir,
    configFile,
    pid: child.pid as number,
    exited,
    kill,
    logText,
    [Symbol.asyncDispose]: dispose,
  };
}

function writeFiles(options: ApacheServerOptions, at: { dataDir: string; configFile: string; port: number }): void {
  mkdirSync(at.dataDir, { recursive: true });
  if (options.myId !== undefined) writeFileSync(join(at.dataDir, 'myid'), `${options.myId}\n`);
  const config = { ...apacheDefaults, ...options.config, dataDir: at.dataDir, clientPort: String(at.port) };
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(at.configFile, lines.join(''));
}

function javaArguments(options: ApacheServerOptions, configFile: string): string[] {
  const properties: Record<string, string> = {
    'org.slf4j.simpleLogger.defaultLogLevel': options.logLevel ?? 'error',
    'org.slf4j.simpleLogger.showDateTime': 'true',
    'zookeeper.jmx.log4j.disable': 'true',
    ...options.properties,
  };
  return [
    `-Xmx${options.heapMb ?? 256}m`,
    ...(options.javaOptions ?? ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']),
    ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
    '-cp',
    // The jar's manifest names the others, all but a logger.
    `${zookeeperJar}:/usr/share/java/slf4j-simple.jar`,
    // Runs a standalone server too, when its configuration has no ensemble.
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    configFile,
  ];
}

/** A server that is asked before its database is there (3.8.0) fails inside and leaves the connection open, unanswered. */
const UNANSWERED_MS = 250;

/** Asks again and again; a refused connection costs nothing, so the pause between two questions is short. */
async function waitUntilReady(port: number, ready: 'serving' | 'running', ended: () => boolean): Promise<void> {
  const endsAt = performance.now() + GUARD_MS;
  while (performance.now() < endsAt) {
    if (ended()) throw new Error('its process ended');
    const word = ready === 'serving' ? 'srvr' : 'ruok';
    const answer = await fourLetterWord(port, word, '127.0.0.1', UNANSWERED_MS).catch(() => '');
    if (ready === 'serving' ? answer.includes('Mode: ') : answer === 'imok') {
      if (!ended()) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no answer in ${GUARD_MS} ms`);
}
