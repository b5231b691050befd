/**
 * A whole server with its clients, in one simulation: what can be told, tried and proved about it, can be told, tried and
 * proved with this. Tests, the grader of the labs and the site use the same one.
 *
 *     const zoo = new SimulatedServer({ seed: 7 });
 *     await zoo.settle(zoo.start());
 *     const alice = await zoo.settle(zoo.connect('alice'));
 *     await zoo.settle(alice.create('/a', 'x'));
 *     zoo.crash();
 *     await zoo.settle(zoo.restart());
 *     console.log(zoo.transcriptText());
 *
 * Nothing happens unless the simulation runs: `settle` runs it until a promise is settled, `step` until there is
 * something new to see, and `zoo.simulation` in all other ways. Faults are asked for where they belong:
 * `zoo.machine.disk.faults`, `zoo.simulation.network`, `zoo.machine.freeze(ms)`, `zoo.simulation.machine('alice')`.
 */
import type { NetworkConditions } from '#00-introduction/network-conditions.js';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { type RunLimits, Simulation } from '#00-introduction/simulation.js';
import { type ServerConfig, withDefaults } from '#07-standalone-startup/server-config.js';
import { type ShownFile, type ShownNode, shownFiles, shownNodes } from '#07-standalone-startup/server-view.js';
import { Transcript, type TranscriptEntry } from '#07-standalone-startup/transcript.js';
import { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';
import { type ConnectOptions, connect } from '#10-client-cnxn/connect.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';

export type { ZooKeeper };

export interface SimulatedServerOptions {
  /** A whole number. The same one gives the same run. */
  readonly seed: number;
  /** What of the configuration is not as Apache ZooKeeper has it by default. */
  readonly config?: Partial<ServerConfig>;
  /** How the network is to behave; may be changed later. Default: as an ordinary one. */
  readonly network?: Partial<NetworkConditions>;
}

const SERVER_NAME = 'server';

/** A log that begins with 64 KiB of zeroes is enough for a simulated disk. */
const SIMULATED_CONFIG = { dataDir: '/data', clientPort: 2181, preAllocSizeBytes: 0x1_0000 };

/** So much time may pass in which there is nothing to see. */
const LONGEST_STEP_MS = 60_000;

export class SimulatedServer {
  readonly simulation: Simulation;
  /** The one that the server runs on. */
  readonly machine: SimulatedMachine;
  readonly config: ServerConfig;
  /** What clients are told. */
  readonly connectString: string;
  readonly transcript: Transcript;
  private process: ServerProcess | null = null;
  private stopReason: Error | null = null;

  constructor({ seed, config, network }: SimulatedServerOptions) {
    this.simulation = new Simulation({ seed });
    Object.assign(this.simulation.network.conditions, network);
    this.config = withDefaults({ ...SIMULATED_CONFIG, ...config });
    this.machine = this.simulation.machine(SERVER_NAME);
    this.connectString = `${SERVER_NAME}:${this.config.clientPort}`;
    this.transcript = new Transcript(this.simulation, this.config.clientPort);
    this.simulation.onEvent((event) => {
      if ((event.kind === 'crash' || event.kind === 'kill') && event.machine === SERVER_NAME) this.processEnded(null);
    });
  }

  // --------------------------------------------------------------------------------------- the server

  /** The server that was started last; null before it serves, and when it has crashed or stopped. */
  get server(): ZooKeeperServer | null {
    return this.process?.isServing ? this.process.server : null;
  }

  /** Why the last server could not start, or stopped itself; null when it did not. */
  get failure(): Error | null {
    return this.stopReason;
  }

  /**
   * Starts a server over whatever is on the disk, and waits until it serves.
   * @throws (as a rejection) what `ZooKeeperServer.start` throws; also when the machine crashes meanwhile
   */
  start(): Promise<void> {
    if (this.process) throw new Error('the server runs already: crash(), kill() or stop() it first');
    return new Promise((resolve, reject) => {
      const server = new ZooKeeperServer(this.machine.world, this.config);
      const process: ServerProcess = { server, isServing: false, giveUpStart: reject };
      this.process = process;
      this.stopReason = null;
      const ended = (error: Error): void => {
        if (this.process === process) this.processEnded(error);
      };
      void server.failed.then(ended);
      server.start().then(() => {
        process.isServing = true;
        resolve();
      }, ended);
    });
  }

  /** Cuts the power of the server's machine: what was not synced is lost, in part or whole. */
  crash(): void {
    this.machine.crash();
  }

  /** Kills the server's process: the operating system keeps what was written. */
  kill(): void {
    this.machine.kill();
  }

  /** Stops the server in good order. */
  async stop(): Promise<void> {
    const server = this.process?.server;
    this.process = null;
    await server?.stop();
  }

  /** Starts a new server over the same disk; one that still runs is killed before. */
  restart(): Promise<void> {
    this.machine.kill();
    this.machine.restart();
    return this.start();
  }

  // ---------------------------------------------------------------------------------------- the clients

  /**
   * Connects a client that runs on a machine of its own.
   * @param name the machine; the same name again means another client on the same machine
   * @throws (as a rejection) what `connect` of the client throws
   */
  connect(name: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
    return connect(this.simulation.machine(name).world, this.connectString, options);
  }

  // ------------------------------------------------------------------------------------- letting it run

  /**
   * Runs the simulation until a promise is settled.
   * @returns what the promise gives
   * @throws what it is rejected with; {SimulationError} when it is not settled in time
   */
  settle<T>(promise: Promise<T>, limits?: RunLimits): Promise<T> {
    return this.simulation.settle(promise, limits);
  }

  /** Runs until there is something new in the transcript. @returns it; nothing when nothing comes for a minute */
  async step(): Promise<TranscriptEntry[]> {
    const { entries } = this.transcript;
    const known = entries.length;
    const untilMs = this.simulation.nowMs + LONGEST_STEP_MS;
    await this.simulation.run({ until: () => entries.length > known, untilMs });
    return entries.slice(known);
  }

  // --------------------------------------------------------------------------------------- what is seen

  /** What happened so far, a line for each entry. */
  transcriptText(): string {
    return this.transcript.text();
  }

  /** The tree of the running server; nothing when none runs. */
  nodes(): ShownNode[] {
    return this.server ? shownNodes(this.server.tree) : [];
  }

  /** Logs and snapshots as they are on the disk, whether a server runs or not. */
  dataFiles(): ShownFile[] {
    const { dataDir, dataLogDir } = this.config;
    const directories = new Set([dataDir, dataLogDir].map((directory) => `${directory}/${VERSION_FOLDER}`));
    return [...directories].flatMap((directory) => shownFiles(this.machine.disk, directory));
  }

  /** @param error null when the machine went down with it */
  private processEnded(error: Error | null): void {
    if (this.process === null) return;
    this.process.giveUpStart(error ?? new Error('the machine went down before the server served'));
    this.process = null;
    this.stopReason = error;
  }
}

/** From a start to a crash or a stop. */
interface ServerProcess {
  readonly server: ZooKeeperServer;
  isServing: boolean;
  /** Rejects the promise of a start that is under way; harmless later. */
  readonly giveUpStart: (reason: Error) => void;
}
