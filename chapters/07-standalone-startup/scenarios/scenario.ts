/**
 * A scenario: a short play of clients and faults around one simulated server, to be watched step by step. The pages show
 * them and the tests run them, the same code in both.
 */
import type { NetworkConditions } from '#00-introduction/network-conditions.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import type { SimulatedServer, ZooKeeper } from '#07-standalone-startup/simulated-server.js';

export interface Scenario {
  readonly title: string;
  /** What there is to see, in a sentence or two. */
  readonly about: string;
  /** The clients' machines, in the order in which a figure shows them. */
  readonly clients: readonly string[];
  /** What a figure calls the server. Default: server. */
  readonly serverLabel?: string;
  /** What the reader may choose, by name; the first value is the default. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** What of the configuration is not as Apache ZooKeeper has it by default; may depend on the choices. */
  readonly config?: (choice: Choice) => Partial<ServerConfig>;
  /** Default: a calm network, which takes a millisecond for everything. */
  readonly network?: Partial<NetworkConditions>;
  /** What is shown beside packets and faults. */
  readonly shows?: { readonly disk?: boolean; readonly chunks?: boolean; readonly pings?: boolean };
  /** What the clients ask for. Default: 10 s. */
  readonly sessionTimeoutMs?: number;
  /** So much time is shown after the play is over. Default: 20 ms. */
  readonly tailMs?: number;
  /** @returns how it went, in a few words, so that runs with different seeds can be counted */
  readonly play: (stage: Stage) => Promise<string>;
}

/** What the reader chose. */
export type Choice = (name: string) => string;

/** What a play is handed. Everything it waits for happens in simulated time. */
export interface Stage {
  readonly zoo: SimulatedServer;
  readonly choice: Choice;
  /** Connects a client. The reader can make it do something, too. */
  connect(name: string): Promise<ZooKeeper>;
  /** Lets time pass. */
  wait(durationMs: number): Promise<void>;
  /** Shows what a program thinks or does. */
  say(machine: string, text: string): void;
}
