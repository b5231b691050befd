/**
 * How a program gets a client: `connect` gives one that is connected.
 */
import type { World } from '#00-introduction/world.js';
import { DEFAULT_MAX_BUFFER_BYTES } from '#04-serialization/binary-archive.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { KeeperStateName } from '#06-network-protocol/event-types.js';
import { ClientCnxn } from '#10-client-cnxn/client-cnxn.js';
import type { AuthInfo, SessionHandover } from '#10-client-cnxn/client-cnxn-options.js';
import { ConnectError, InvalidArgumentError } from '#10-client-cnxn/client-errors.js';
import { parseConnectString } from '#10-client-cnxn/connect-string.js';
import { checkAuthInfo, checkSession } from '#10-client-cnxn/request-arguments.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';
import { ZooKeeper } from '#10-client-cnxn/zookeeper.js';

export interface ConnectOptions {
  /** What to ask for; the server decides (`minSessionTimeout` to `maxSessionTimeout`). Default: 30 000. */
  readonly sessionTimeoutMs?: number;
  /** How long to try before `connect` gives up. Default: `sessionTimeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** The pause after a round of all servers, and the longest random pause before a reconnection. Default: 1000. */
  readonly retryDelayMs?: number;
  /** The longest frame that is taken from a server, as `jute.maxbuffer`. Default: 1 048 575. */
  readonly maxFrameBytes?: number;
  /** The default watcher: is called with session events. */
  readonly watcher?: Watcher;
  /** A session of another client to go on with. */
  readonly session?: SessionHandover;
  /** Who the client is. */
  readonly auth?: readonly AuthInfo[];
}

const DEFAULT_SESSION_TIMEOUT_MS = 30_000;
const DEFAULT_RETRY_DELAY_MS = 1000;

/**
 * Connects to an ensemble.
 * @param connectString `host:port,host:port/chroot`
 * @returns the client, once a server has given it a session
 * @throws {InvalidArgumentError} (as a rejection) when the connect string or an option is wrong
 * @throws {ConnectError} when no server did so in time; the message has the reason of the last failure
 * @throws {KeeperException} SessionExpired when `session` is over. A wrong proof shows later, as the state AuthFailed.
 */
export function connect(world: World, connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  return new Promise((resolve, reject) => {
    const sessionTimeoutMs = milliseconds('sessionTimeoutMs', options.sessionTimeoutMs, DEFAULT_SESSION_TIMEOUT_MS, 1);
    const connectTimeoutMs = milliseconds('connectTimeoutMs', options.connectTimeoutMs, sessionTimeoutMs, 1);
    for (const info of options.auth ?? []) checkAuthInfo(info);
    if (options.session) checkSession(options.session);
    let isDecided = false;
    const decide = (state: KeeperStateName): void => {
      if (isDecided || state === 'Disconnected') return;
      isDecided = true;
      timer.cancel();
      if (state === 'Expired') reject(new KeeperException(ErrorCode.SessionExpired));
      else resolve(new ZooKeeper(cnxn));
    };
    const cnxn = new ClientCnxn(world, {
      ...parseConnectString(connectString),
      sessionTimeoutMs,
      retryDelayMs: milliseconds('retryDelayMs', options.retryDelayMs, DEFAULT_RETRY_DELAY_MS, 0),
      maxFrameBytes: options.maxFrameBytes ?? DEFAULT_MAX_BUFFER_BYTES,
      defaultWatcher: options.watcher ?? null,
      session: options.session ?? null,
      authInfos: options.auth ?? [],
      onStateChange: decide,
    });
    const timer = world.clock.schedule(connectTimeoutMs, () => {
      isDecided = true;
      void cnxn.close();
      const reason = cnxn.lastFailure ? `the last failure: ${cnxn.lastFailure.message}` : 'none has answered';
      reject(
        new ConnectError(`no server of "${connectString}" gave a session within ${connectTimeoutMs} ms; ${reason}`),
      );
    });
  });
}

function milliseconds(name: string, value: number | undefined, byDefault: number, least: number): number {
  if (value === undefined) return byDefault;
  // The protocol has an int for it.
  if (Number.isInteger(value) && value >= least && value < 2 ** 31) return value;
  throw new InvalidArgumentError(`${name} must be a whole number of milliseconds from ${least} on, not ${value}`);
}
