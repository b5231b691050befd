/**
 * Starts the servers that are compared, each as a child process on a free port of 127.0.0.1 with an empty data
 * directory, and waits until it has answered a session.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apacheServerIsInstalled, freePort, startApacheServer } from '#testing/apache-server.node.js';
import { spawnTied } from '#testing/child-process.node.js';
import { firstSession } from './first-session.node.js';
import { repository, TYPESCRIPT } from './repository.node.js';
import type { ServerKind } from './results.js';
import { cleanUpLast, scratchFolder } from './scratch.node.js';

export interface BenchServer {
  readonly kind: ServerKind;
  readonly pid: number;
  readonly port: number;
  /** From the start of the process to the first session that it answered. */
  readonly startUpMs: number;
  /** The end of what it has printed. */
  lastOutput(): string;
  /** Kills it and removes its data. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const APACHE_HEAP_MB = 4096;
const BUNDLE = join(repository, 'dist/zoowalk.js');
const ECHO_SERVER = join(repository, 'bench/echo-server.node.ts');

/** Everything at its default but what would get in the way of a load. The same for both servers. */
const config = {
  tickTime: '2000',
  clientPortAddress: '127.0.0.1',
  maxClientCnxns: '0',
  'admin.enableServer': 'false',
};

/** Says what is missing and how to mend it; null when the server can be started. */
export function whyNotStartable(kind: ServerKind): string | null {
  if (kind === 'ours' && !existsSync(BUNDLE)) return `${BUNDLE} is not there; build it with: npm run prepare`;
  if (kind === 'apache' && !apacheServerIsInstalled()) {
    return 'Apache ZooKeeper is not installed; get it with: npm run setup:peers (Debian, as root)';
  }
  return null;
}

/**
 * @throws {Error} (as a rejection) when it does not answer within 30 s or ends before: the message has the end of what
 *   it printed. Meant to end the whole run: the process that failed is ended with this one.
 */
export async function startServer(kind: ServerKind): Promise<BenchServer> {
  const folder = scratchFolder(kind);
  const port = await freePort();
  const startMs = performance.now();
  const answered = firstSession(port, START_LIMIT_MS);
  const starting = kind === 'apache' ? startApache(folder, port) : startNode(kind, folder, port, answered);
  cleanUpLast();
  const [answeredMs, { pid, output, kill }] = await Promise.all([answered, starting]);
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { kind, pid, port, startUpMs: answeredMs - startMs, lastOutput: () => lastLinesOf(output()), stop };
}

interface StartedProcess {
  readonly pid: number;
  /** All that it has printed so far. */
  output(): string;
  kill(): Promise<void>;
}

async function startApache(folder: string, port: number): Promise<StartedProcess> {
  const options = { port, dataDir: join(folder, 'data'), config, heapMb: APACHE_HEAP_MB, javaOptions: [] };
  const server = await startApacheServer(options);
  return { pid: server.pid, output: () => server.logText(), kill: async () => server[Symbol.asyncDispose]() };
}

/** Ours, or the echo server. */
async function startNode(
  kind: 'ours' | 'echo',
  folder: string,
  port: number,
  answered: Promise<unknown>,
): Promise<StartedProcess> {
  const outputPath = join(folder, 'output.txt');
  const output = () => readFileSync(outputPath, 'utf8');
  const outputFile = openSync(outputPath, 'w');
  const args =
    kind === 'ours' ? [BUNDLE, 'server', writeConfig(folder, port)] : [...TYPESCRIPT, ECHO_SERVER, String(port)];
  const child = spawnTied(process.execPath, args, { cwd: repository, stdio: ['ignore', outputFile, outputFile] });
  closeSync(outputFile);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === null ? `it was ended by ${signal}` : `exit code ${code}`));
  });
  const died = exited.then((how) => {
    throw new Error(`the server (${kind}) ended before it answered: ${how}\n${lastLinesOf(output())}`);
  });
  await Promise.race([answered, died]);
  died.catch(() => {});
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { pid: child.pid as number, output, kill };
}

function writeConfig(folder: string, port: number): string {
  const path = join(folder, 'zoo.cfg');
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const all = { ...config, dataDir, clientPort: port };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(path, lines.join(''));
  return path;
}

function lastLinesOf(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
