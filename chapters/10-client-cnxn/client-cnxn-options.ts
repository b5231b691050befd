/** What a `ClientCnxn` is told at its start. */
import type { Buffer } from 'node:buffer';
import type { Address } from '#00-introduction/world.js';
import type { KeeperStateName } from '#06-network-protocol/event-types.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';

/** What it takes to go on with a session in another client. */
export interface SessionHandover {
  readonly id: SessionId;
  /** 16 bytes. */
  readonly password: Buffer;
}

export interface AuthInfo {
  /** `digest` and so on. */
  readonly scheme: string;
  /** The proof, in the scheme's own form. */
  readonly auth: Uint8Array | string;
}

export interface ClientCnxnOptions {
  readonly addresses: readonly Address[];
  /** '' when there is none. */
  readonly chroot: string;
  /** What the client asks for; the server decides. */
  readonly sessionTimeoutMs: number;
  /** The pause after a round of all servers, and the longest random pause before any attempt but the first. */
  readonly retryDelayMs: number;
  /** The longest frame that is taken from a server. */
  readonly maxFrameBytes: number;
  readonly defaultWatcher: Watcher | null;
  readonly session: SessionHandover | null;
  readonly authInfos: readonly AuthInfo[];
  /** Is called at once when the state changes; watches hear of it later, in their order. */
  readonly onStateChange?: (state: KeeperStateName) => void;
}
