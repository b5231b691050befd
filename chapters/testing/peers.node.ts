/**
 * The programs of others that the tests run beside: Apache's server, its shell, its C client, kazoo, Curator, a
 * browser. They come from Debian's packages. A machine may lack them: then the tests that need them are skipped, by
 * name and aloud, or fail when ZOOWALK_REQUIRE_PEERS=1 says that they must be there.
 */
import { existsSync, readdirSync } from 'node:fs';

export interface Peer {
  /** What people call it. */
  readonly title: string;
  readonly debianPackage: string;
  isInstalled(): boolean;
}

export const zookeeperJar = '/usr/share/java/zookeeper.jar';
export const zkCliScript = '/usr/share/zookeeper/bin/zkCli.sh';
export const cClientBinary = '/usr/lib/zookeeper/bin/cli_mt';
/** The system's own: another python3 that comes first in PATH does not see Debian's packages. */
export const systemPython = '/usr/bin/python3';
export const curatorRecipesJar = '/usr/share/java/curator-recipes.jar';
export const chromiumBinary = '/usr/bin/chromium';

export const javaBinary = '/usr/bin/java';

export const peers = {
  apacheServer: {
    title: 'Apache ZooKeeper',
    debianPackage: 'zookeeper',
    isInstalled: () => existsSync(zookeeperJar) && existsSync(javaBinary),
  },
  zkCli: {
    title: 'zkCli, the shell of Apache ZooKeeper',
    debianPackage: 'zookeeper',
    isInstalled: () => existsSync(zkCliScript) && existsSync(javaBinary),
  },
  cClient: {
    title: "ZooKeeper's C client",
    debianPackage: 'zookeeper-bin',
    isInstalled: () => existsSync(cClientBinary),
  },
  kazoo: {
    title: 'kazoo, the Python client',
    debianPackage: 'python3-kazoo',
    isInstalled: () => existsSync(systemPython) && existsSync('/usr/lib/python3/dist-packages/kazoo'),
  },
  curator: {
    title: 'Curator, the fluent Java client',
    debianPackage: 'libcurator-recipes-java',
    isInstalled: () => existsSync(curatorRecipesJar) && existsSync(javaBinary),
  },
  chromium: {
    title: 'Chromium',
    debianPackage: 'chromium',
    isInstalled: () => existsSync(chromiumBinary),
  },
} as const satisfies Record<string, Peer>;

export const howToInstallPeers = 'get them with: npm run setup:peers (Debian, as root)';

/** Whether a missing peer is a failure, as on the machine that decides about a change. */
export const peersAreRequired = (): boolean => process.env.ZOOWALK_REQUIRE_PEERS === '1';

export function missingPeers(): Peer[] {
  return Object.values<Peer>(peers).filter((peer) => !peer.isInstalled());
}

/** One line that names what is missing and how to get it; null when all are there. */
export function missingPeersMessage(): string | null {
  const missing = missingPeers();
  if (missing.length === 0) return null;
  const names = missing.map((peer) => `${peer.title} (package ${peer.debianPackage})`).join(', ');
  return `Not on this machine, so tests beside them were skipped: ${names}; ${howToInstallPeers}`;
}

/** @throws {Error} when it is missing; the message says what and how to get it */
export function assertInstalled(peer: Peer): void {
  if (!peer.isInstalled()) {
    throw new Error(`${peer.title} is not installed (package ${peer.debianPackage}); ${howToInstallPeers}`);
  }
}

/**
 * The version of Apache's server, from the name of its jar.
 * @returns null when it can't be told
 */
export function apacheVersion(): string | null {
  if (!peers.apacheServer.isInstalled()) return null;
  for (const name of readdirSync('/usr/share/java')) {
    const version = /^zookeeper-(\d+\.\d+\.\d+)\.jar$/.exec(name)?.[1];
    if (version !== undefined) return version;
  }
  return null;
}
