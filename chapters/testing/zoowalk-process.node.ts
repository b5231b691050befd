/**
 * Our server as a process of its own, as its users run it: `dist/zoowalk.js`, which runs the sources instead when they
 * are newer. Where nothing was built, the sources are run. It listens on 127.0.0.1, and every four-letter word is
 * allowed.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freePort } from '#testing/apache-server.node.js';
import { GUARD_MS, spawnTied } from '#testing/child-process.node.js';

export interface ZoowalkProcessOptions {
  /** The port for clients; a free one by default. */
  readonly port?: number;
  /** Kept afterwards when given; otherwise a new folder that is removed at the end. */
  readonly dataDir?: string;
  /** Keys of zoo.cfg, and system properties. `server.1` and so on make it a member of an ensemble. */
  readonly config?: Readonly<Record<string, string>>;
  /** The number that goes into the file myid. */
  readonly myId?: number;
}

/** How a process ended: one of the two is null. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ZoowalkProcess extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<Ending>;
  /** Sends a signal (SIGKILL by default) and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Ending>;
  /** What it has printed so far, its log included. */
  logText(): string;
  /**
   * Waits until that has a pattern in it, so many times.
   * @throws {Error} (as a rejection) the process ended before, or a guard was quicker; with what it printed
   */
  logged(pattern: RegExp, times?: number): Promise<void>;
}

const STARTED = /^Serving ZooKeeper clients on |, looks for a leader\.$/m;

const bundle = fileURLToPath(new URL('../../dist/zoowalk.js', import.meta.url));
const sources = fileURLToPath(new URL('../zoowalk.node.ts', import.meta.url));

function programArguments(): string[] {
  if (existsSync(bundle)) return [bundle];
  return ['--import', pathToFileURL(fileURLToPath(import.meta.resolve('tsx'))).href, sources];
}

/**
 * Starts a server and waits until it says that it serves clients, or as a member of an ensemble that it looks for a leader.
 * @throws {Error} (as a rejection) it ended first: the message has what it printed
 */
export async function startZoowalkProcess(options: ZoowalkProcessOptions = {}): Promise<ZoowalkProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'zoowalk-process-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const port = options.port ?? (await freePort());
  if (options.myId !== undefined) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'myid'), `${options.myId}\n`);
  }
  const config = {
    clientPortAddress: '127.0.0.1',
    '4lw.commands.whitelist': '*',
    ...options.config,
    clientPort: String(port),
    dataDir,
  };
  const properties = Object.entries(config).map(([key, value]) => `-D${key}=${value}`);
  const child = spawnTied(process.execPath, [...programArguments(), 'server', ...properties], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });

  let printed = '';
  let isRunning = true;
  const exited = new Promise<Ending>((resolve) => {
    child.once('close', (exitCode, signal) => {
      isRunning = false;
      resolve({ exitCode, signal });
    });
  });
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<Ending> => {
    child.kill(signal);
    return exited;
  };
  const dispose = async (): Promise<void> => {
    if (isRunning) await kill();
    rmSync(folder, { recursive: true, force: true });
  };

  const onPrinted = new Set<() => void>();
  const logged = (pattern: RegExp, times = 1): Promise<void> =>
    new Promise((resolve, reject) => {
      const global = new RegExp(pattern, `${pattern.flags}g`);
      const settle = (failure: string | null): void => {
        clearTimeout(guard);
        onPrinted.delete(look);
        if (failure === null) resolve();
        else reject(new Error(`${failure} before it had printed ${pattern}:\n${printed}`));
      };
      const look = (): void => {
        if ((printed.match(global)?.length ?? 0) >= times) settle(null);
      };
      const guard = setTimeout(() => settle(`${GUARD_MS} ms were over`), GUARD_MS);
      onPrinted.add(look);
      void exited.then(() => settle('it ended'));
      look();
    });

  try {
    await new Promise<void>((resolve, reject) => {
      const guard = setTimeout(() => reject(new Error(`it did not serve clients in ${GUARD_MS} ms`)), GUARD_MS);
      const settle = (error: Error | null): void => {
        clearTimeout(guard);
        if (error) reject(error);
        else resolve();
      };
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
          for (const look of [...onPrinted]) look();
          if (STARTED.test(printed)) settle(null);
        });
      }
      child.once('error', settle);
      void exited.then(({ exitCode, signal }) => settle(new Error(`it ended with ${exitCode ?? signal}`)));
    });
  } catch (error) {
    await dispose();
    throw new Error(`the server did not start: ${(error as Error).message}\n${printed}`);
  }
  return {
    host: '127.0.0.1',
    port,
    dataDir,
    pid: child.pid as number,
    exited,
    kill,
    logText: () => printed,
    logged,
    [Symbol.asyncDispose]: dispose,
  };
}
