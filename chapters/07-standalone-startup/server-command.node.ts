/**
 * `zoowalk server [-Dkey=value …] [zoo.cfg]`: runs a server until it is told to stop.
 *
 * @apache server.ZooKeeperServerMain
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { addressText } from '#00-introduction/network-error.js';
import { realWorld } from '#00-introduction/real-world.node.js';
import { type Address, DiskError, NetworkError, type World } from '#00-introduction/world.js';
import type { ConfigFile } from '#07-standalone-startup/config-entries.js';
import { environmentOfProcess } from '#07-standalone-startup/environment.node.js';
import { ExitCode } from '#07-standalone-startup/exit-code.js';
import { listSettings } from '#07-standalone-startup/server-config-list.js';
import { findZkCli } from '#07-standalone-startup/zk-cli.node.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';
import { type Configuration, readConfiguration } from '#08-cluster-startup/configuration.js';
import { peerSettings } from '#08-cluster-startup/peer-config.js';
import { QuorumPeer } from '#08-cluster-startup/quorum-peer.js';

const DEFAULT_PORT = '2181';
const DEFAULT_DATA_DIR = 'zoowalk-data';

type Properties = Record<string, string>;

/** @param exit is told the exit code when the server has stopped, or could not start */
export function serverCommand(exit: (code: number) => void): Command {
  return new Command('server')
    .summary('run a server')
    .description(
      `Runs a server until it is told to stop (SIGINT or SIGTERM).\n\nWithout a zoo.cfg it listens on port ${DEFAULT_PORT}, and keeps its data in ./${DEFAULT_DATA_DIR}.`,
    )
    .argument('[zoo.cfg]', 'a configuration file, the same as for Apache ZooKeeper')
    .option('-D <key=value>', 'sets one key; may be given again', addProperty)
    .option('--list-keys', 'print every key with its default, and exit')
    .action(async (path: string | undefined, options: { D?: Properties; listKeys?: true }) => {
      if (options.listKeys) {
        process.stdout.write(listSettings(peerSettings()));
        exit(ExitCode.finished);
      } else {
        exit(await runServer(path, options.D ?? {}));
      }
    });
}

/** @throws {InvalidArgumentError} when there is no key */
function addProperty(text: string, earlier: Properties = {}): Properties {
  const equals = text.indexOf('=');
  // As for Java, a property without a value is an empty one; without a name it is nothing.
  const [key, value] = equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  if (key === '') throw new InvalidArgumentError('It has to be -Dkey=value.');
  return { ...earlier, [key]: value };
}

/** @returns the exit code, once the server has stopped */
async function runServer(path: string | undefined, properties: Properties): Promise<number> {
  const world = realWorld();
  const toldToStop = untilToldToStop();
  let server: ZooKeeperServer | QuorumPeer;
  try {
    const configuration = configure(world, path, properties);
    const environment = environmentOfProcess();
    const { dataDir } = configuration.server;
    const isNewFolder = !world.disk.exists(dataDir);
    server =
      configuration.kind === 'standalone'
        ? new ZooKeeperServer(world, configuration.server, { environment })
        : new QuorumPeer(world, configuration, { environment });
    const address = await server.start();
    // Only now: a server that does not get its port leaves nothing behind.
    if (isNewFolder && path === undefined && properties.dataDir === undefined) keepOutOfGit(dataDir);
    process.stdout.write(welcome(address, configuration));
  } catch (error) {
    return failureToStart(error, world);
  }
  const failure = await Promise.race([toldToStop, server.failed]);
  if (failure instanceof NetworkError) {
    const advice =
      failure.code === 'EADDRNOTAVAIL'
        ? 'the server line has it: correct the line, or set quorumListenOnAllIPs=true if others reach this machine by it'
        : 'the port is one of the server line';
    process.stderr.write(`${failure.message}; ${advice}\n`);
    return ExitCode.quorumPort;
  }
  if (failure !== null) {
    world.log.error('the server has stopped, because it could not go on', failure);
    return ExitCode.unexpected;
  }
  await server.stop();
  return ExitCode.finished;
}

/** @throws {ConfigError | DiskError} */
function configure(world: World, path: string | undefined, properties: Properties): Configuration {
  const sources =
    path === undefined
      ? { properties: { clientPort: DEFAULT_PORT, dataDir: DEFAULT_DATA_DIR, ...properties } }
      : { properties, file: readConfigFile(world, path) };
  const configuration = readConfiguration(sources, { disk: world.disk, absolutePath: (path) => resolve(path) });
  for (const warning of configuration.warnings) world.log.warn(warning);
  return configuration;
}

/** @throws {ConfigError} it can't be read */
function readConfigFile(world: World, path: string): ConfigFile {
  try {
    // What Java takes a properties file for.
    return { name: path, text: world.disk.readFile(resolve(path)).toString('latin1') };
  } catch (error) {
    if (error instanceof DiskError) throw new ConfigError(error.message);
    throw error;
  }
}

/** The folder appears where the command was given, which may well be somebody's project. */
function keepOutOfGit(folder: string): void {
  writeFileSync(join(folder, '.gitignore'), '*\n');
}

function welcome(address: Address, configuration: Configuration): string {
  const everywhere = address.host === '' || address.host === '::' || address.host === '0.0.0.0';
  const reachable = addressText({ ...address, host: everywhere ? 'localhost' : address.host });
  const more = everywhere ? ' (and on all other addresses)' : '';
  const data = `Data: ${configuration.server.dataDir}\n`;
  if (configuration.kind === 'standalone') {
    return (
      `Serving ZooKeeper clients on ${reachable}${more}.\n${data}` +
      `Try:  ${findZkCli() ?? 'zkCli.sh'} -server ${reachable}\nStop: Ctrl-C\n`
    );
  }
  const { myId, quorum } = configuration;
  const others = [...quorum.allMembers.keys()].filter((id) => id !== myId);
  return (
    `Server ${myId}, beside ${others.length === 0 ? 'no others' : `servers ${others.join(', ')}`}, looks for a leader.\n` +
    `Clients: ${reachable}${more}; none are served yet.\n${data}Stop: Ctrl-C\n`
  );
}

function failureToStart(error: unknown, world: World): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.invalidInvocation;
  }
  if (error instanceof DiskError) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.dataDirectory;
  }
  if (error instanceof NetworkError) {
    const advice = error.code === 'EADDRINUSE' ? '; choose another one with clientPort' : '';
    process.stderr.write(`${error.message}${advice}\n`);
    return ExitCode.unexpected;
  }
  world.log.error('the server could not start', error);
  return ExitCode.unexpected;
}

/** npm passes on the Ctrl-C that the terminal has sent to us already: two signals in so short a time are one. */
const SAME_SIGNAL_MS = 500;
const PARENT_CHECK_INTERVAL_MS = 500;

/** Settles at the first signal that asks to stop. A second one, when stopping takes too long, ends the process at once. */
function untilToldToStop(): Promise<null> {
  return new Promise((resolve) => {
    let firstMs: number | null = null;
    const onSignal = (_: NodeJS.Signals, number: number): void => {
      const nowMs = performance.now();
      firstMs ??= nowMs;
      resolve(null);
      if (nowMs - firstMs > SAME_SIGNAL_MS) process.exit(128 + number);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    whenNpmIsGone(() => resolve(null));
  });
}

/**
 * npm starts a program through a shell, and a signal that ends npm ends that shell, but does not get further. A server
 * that stayed would hold its port until somebody finds it.
 */
function whenNpmIsGone(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_CHECK_INTERVAL_MS).unref();
}
