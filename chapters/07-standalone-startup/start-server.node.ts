/**
 * A server inside another program, above all inside its tests:
 *
 *     await using server = await startServer();
 *     const client = await connect(server.connectString);
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addressText } from '#00-introduction/network-error.js';
import { RealLog } from '#00-introduction/real-log.node.js';
import { realWorld } from '#00-introduction/real-world.node.js';
import type { Log } from '#00-introduction/world.js';
import { environmentOfProcess } from '#07-standalone-startup/environment.node.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';
import { readConfiguration } from '#08-cluster-startup/configuration.js';

export interface StartServerOptions {
  /** The port for clients. Default: any free one. */
  readonly port?: number;
  /** The address to listen on. Default: 127.0.0.1, so that no other machine can connect. */
  readonly host?: string;
  /**
   * The folder for its data, kept afterwards. Default: a new folder that is removed at the end; since nobody can read
   * it later, writes are then not synced to the disk (`forceSync=no`).
   */
  readonly dataDir?: string;
  /** Keys of zoo.cfg. `port`, `host` and `dataDir` go before them. */
  readonly config?: Readonly<Record<string, string>>;
  /** Logs nothing. Default: warnings and errors go to standard error. */
  readonly quiet?: boolean;
}

export interface RunningServer {
  /** Where clients of this machine reach it. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, for a client. */
  readonly connectString: string;
  /** An absolute path. */
  readonly dataDir: string;
  /** Settles when the server had to stop itself: its disk failed, or it found itself wrong. */
  readonly failed: Promise<Error>;
  /** Closes all connections and the files, and removes the data folder unless the caller named it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server, and waits until it serves clients.
 * @throws {ConfigError} (as a rejection) for a key of zoo.cfg that is not as it should be
 * @throws {NetworkError} when the port is taken, `DiskError` when the data folder can't be used
 */
export async function startServer(options: StartServerOptions = {}): Promise<RunningServer> {
  const named = options.dataDir ?? options.config?.dataDir;
  const dataDir = named === undefined ? makeThrowaway() : resolve(named);
  const log = options.quiet ? SILENT : new RealLog({ level: 'warn' });
  try {
    const world = realWorld({ log });
    const configuration = readConfiguration(
      {
        properties: propertiesOf(options, dataDir, named === undefined),
        propertyLabel: (key) => `config.${key}`,
      },
      { disk: world.disk, absolutePath: (path) => resolve(path) },
    );
    for (const warning of configuration.warnings) log.warn(warning);
    if (configuration.kind === 'peer') {
      throw new ConfigError('config has the servers of an ensemble, but startServer starts a server alone');
    }
    const server = new ZooKeeperServer(world, configuration.server, { environment: environmentOfProcess() });
    const { host, port } = await server.start();
    const reachable = host === '' || host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => {
      closing ??= server.stop().finally(() => removeThrowaway(dataDir));
      return closing;
    };
    return {
      host: reachable,
      port,
      connectString: addressText({ host: reachable, port }),
      dataDir,
      failed: server.failed,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    removeThrowaway(dataDir);
    throw error;
  }
}

function propertiesOf(options: StartServerOptions, dataDir: string, isThrowaway: boolean): Record<string, string> {
  return {
    clientPort: '0',
    clientPortAddress: '127.0.0.1',
    ...(isThrowaway ? FOR_THROWAWAY_DATA : {}),
    ...options.config,
    ...(options.port === undefined ? {} : { clientPort: String(options.port) }),
    ...(options.host === undefined ? {} : { clientPortAddress: options.host }),
    dataDir,
  };
}

/** No sync, and a log file that begins small: a test that starts a server should not wait for 64 MiB of zeroes. */
const FOR_THROWAWAY_DATA = { forceSync: 'no', preAllocSize: '1024' };

const SILENT: Log = { info() {}, warn() {}, error() {} };

/** Folders to remove, at the latest when the process ends: a test may end without closing its server. */
const throwaways = new Set<string>();

function makeThrowaway(): string {
  if (throwaways.size === 0) process.on('exit', removeAllThrowaways);
  const folder = mkdtempSync(join(tmpdir(), 'zoowalk-'));
  throwaways.add(folder);
  return folder;
}

function removeThrowaway(folder: string): void {
  if (!throwaways.delete(folder)) return;
  rmSync(folder, { recursive: true, force: true });
  if (throwaways.size === 0) process.off('exit', removeAllThrowaways);
}

function removeAllThrowaways(): void {
  for (const folder of throwaways) rmSync(folder, { recursive: true, force: true });
}
