/**
 * Runs the same tests against our server and Apache's. Where Apache's is missing they are skipped with the reason in
 * their name, or fail with ZOOWALK_REQUIRE_PEERS=1. ZOOWALK_SERVERS=apache (or zoowalk) runs one of the two.
 */
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { startApacheServer } from '#testing/apache-server.node.js';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import {
  apacheVersion,
  assertInstalled,
  howToInstallPeers,
  type Peer,
  peers,
  peersAreRequired,
} from '#testing/peers.node.js';
// For what it adds to vitest's TaskMeta.
import type {} from '#testing/proves.js';
import { isAtLeast, OUR_VERSION } from '#testing/versions.js';

export interface ServerOptions {
  /** Kept afterwards when given. */
  readonly dataDir?: string;
  /** Lines of zoo.cfg. */
  readonly config?: Readonly<Record<string, string>>;
  /** System properties, without `-D`. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
}

export interface ServerUnderTest {
  readonly name: 'zoowalk' | 'apache';
  /** The version of Apache's whose behaviour it has. */
  readonly version: string;
  /** Whether it has what came with a release, as the facts write it: `3.9.0`, `3.8.4/3.9.2`. */
  has(since: string): boolean;
  /** Starts one that serves clients. Use `await using`, or dispose of it in `afterAll`. */
  start(options?: ServerOptions): Promise<RunningServer>;
}

/** For tests that look at what a server does when it is alone: every four-letter word is allowed. */
const baseConfig = { '4lw.commands.whitelist': '*', 'admin.enableServer': 'false' };

const zoowalk: ServerUnderTest = {
  name: 'zoowalk',
  version: OUR_VERSION,
  has: (since) => isAtLeast(OUR_VERSION, since),
  start: async ({ properties, ...options } = {}) => {
    const { startServer } = await import('#07-standalone-startup/start-server.node.js');
    return startServer({ port: 0, ...options, config: { ...baseConfig, ...options.config, ...properties } });
  },
};

function apache(): ServerUnderTest {
  const version = apacheVersion() ?? '3.8.0';
  return {
    name: 'apache',
    version,
    has: (since) => isAtLeast(version, since),
    start: (options = {}) => startApacheServer({ ...options, config: { ...baseConfig, ...options.config } }),
  };
}

/** Describes tests once for each server; the name of each stands in the title. */
export function describeServers(title: string, tests: (server: ServerUnderTest) => void): void {
  for (const server of [zoowalk, apache()]) {
    const named = `${title} [${server.name}]`;
    const only = process.env.ZOOWALK_SERVERS;
    if (only !== undefined && !only.split(',').includes(server.name)) {
      describe.skip(`${named}: left out by ZOOWALK_SERVERS=${only}`, () => tests(server));
      continue;
    }
    const body = () => {
      beforeEach((context) => {
        context.task.meta.server = server.name;
      });
      tests(server);
    };
    if (server.name === 'apache') describeWithPeers([peers.apacheServer], named, body);
    else describe(named, { timeout: TEST_GUARD_MS }, body);
  }
}

/** One server for all tests of a `describe`: started before the first, ended after the last. */
export function startedOnce(server: ServerUnderTest, options: ServerOptions = {}): Omit<RunningServer, symbol> {
  let running: RunningServer | null = null;
  const now = (): RunningServer => {
    if (!running) throw new Error('the server runs only while tests do');
    return running;
  };
  beforeAll(async () => {
    running = await server.start(options);
  }, TEST_GUARD_MS);
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]();
    running = null;
  }, TEST_GUARD_MS);
  return {
    get host() {
      return now().host;
    },
    get port() {
      return now().port;
    },
    get dataDir() {
      return now().dataDir;
    },
  };
}

/** Describes tests that need programs of others. */
export function describeWithPeers(needed: readonly Peer[], title: string, tests: () => void): void {
  const missing = needed.filter((peer) => !peer.isInstalled());
  if (missing.length === 0) {
    describe(title, { timeout: TEST_GUARD_MS }, tests);
    return;
  }
  const names = missing.map((peer) => peer.title).join(' and ');
  if (!peersAreRequired()) {
    describe.skip(`${title}: ${names} not installed, ${howToInstallPeers}`, tests);
    return;
  }
  describe(title, () => {
    test(`needs ${names}`, () => {
      for (const peer of missing) assertInstalled(peer);
    });
  });
}
