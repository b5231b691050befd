/** `describeServers` with servers that are processes of their own, so that a test can kill one and start it again. */
import { type ApacheServer, startApacheServer } from '#testing/apache-server.node.js';
import { describeServers, type ServerUnderTest } from '#testing/servers.js';
import { startZoowalkProcess, type ZoowalkProcess } from '#testing/zoowalk-process.node.js';

export type ServerProcess = ZoowalkProcess | ApacheServer;

export interface ServerProcessOptions {
  /** The port for clients; a free one by default. */
  readonly port?: number;
  /** Kept afterwards when given. */
  readonly dataDir?: string;
  /** Keys of zoo.cfg. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface ServerProgram extends Pick<ServerUnderTest, 'name' | 'version' | 'has'> {
  /** Starts one that serves clients. Use `await using`. */
  start(options?: ServerProcessOptions): Promise<ServerProcess>;
}

/** Describes tests once for each server; the name of each stands in the title. */
export function describeServerProcesses(title: string, tests: (server: ServerProgram) => void): void {
  describeServers(title, ({ name, version, has }) => {
    tests({ name, version, has, start: name === 'apache' ? startApacheServer : startZoowalkProcess });
  });
}
