/**
 * Stands at the port for clients while a peer serves nobody: before it has found a leader, and until it has caught up with
 * it. Clients are turned away, and try another server; people with a telnet get an answer.
 */
import type { Clock, Log, World } from '#00-introduction/world.js';
import { AccessControl } from '#03-acl/access-control.js';
import { basicWords, notServingAnswer } from '#07-standalone-startup/four-letter-words.js';
import type { CnxnServer, ServerCnxn } from '#07-standalone-startup/server-cnxn.js';
import type { ServerCnxnFactory } from '#07-standalone-startup/server-cnxn-factory.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { ServerStats } from '#12-request-processors/server-stats.js';

export class NotServingServer implements CnxnServer {
  readonly log: Log;
  readonly clock: Clock;
  readonly stats = new ServerStats();
  readonly access: AccessControl;
  readonly maxFrameBytes: number;
  readonly maxElementBytes: number;
  readonly isOverloaded = false;
  readonly isReadOnly = false;
  private readonly config: ServerConfig;
  private readonly cnxns: ServerCnxnFactory;
  readonly environment: ReadonlyMap<string, string>;
  private readonly failed: (error: unknown) => void;

  /** @param failed is told when something is wrong with the program itself */
  constructor(
    { log, clock }: Pick<World, 'log' | 'clock'>,
    config: ServerConfig,
    cnxns: ServerCnxnFactory,
    environment: ReadonlyMap<string, string>,
    failed: (error: unknown) => void,
  ) {
    this.log = log;
    this.clock = clock;
    this.config = config;
    this.cnxns = cnxns;
    this.environment = environment;
    this.failed = failed;
    this.access = new AccessControl(config);
    this.maxFrameBytes = config.juteMaxBufferBytes;
    this.maxElementBytes = config.juteMaxBufferBytes;
  }

  connectSession(cnxn: ServerCnxn): void {
    cnxn.close();
  }

  answerWord(word: string): string | null {
    return notServingAnswer(basicWords, this.config.fourLetterWordsWhitelist, word, this);
  }

  closed(cnxn: ServerCnxn): void {
    this.cnxns.remove(cnxn);
  }

  fail(error: unknown): void {
    this.failed(error);
  }

  needsFlush(cnxn: ServerCnxn): void {
    this.cnxns.needsFlush(cnxn);
  }

  turnDone(): void {
    this.cnxns.flush();
  }

  paused(cnxn: ServerCnxn): void {
    this.cnxns.paused(cnxn);
  }

  // There are no sessions here, so there are no requests.
  touch(): void {}
  submit(): void {}
  hasRoomFor(): boolean {
    return true;
  }
  authenticate(): boolean {
    return false;
  }
}
