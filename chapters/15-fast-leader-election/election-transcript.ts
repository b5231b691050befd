/**
 * What happened in a simulated election, as people read it: every message between the election ports, decoded, what
 * befell the machines, and what became of the servers.
 *
 *      1.203 ms  zk3 -> zk1  this is server 3, at zk3:3888
 *      1.203 ms  zk3 -> zk1  round 1, votes 3 (epoch 0, zxid 0x0)
 *    204.870 ms  zk3         leads, round 1
 *
 * It is made from the bytes that passed, so nobody whose code is tried here can tell a tale.
 */
import { Buffer } from 'node:buffer';
import type { Simulation } from '#00-introduction/simulation.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import { type MachineEntry, machineEntry } from '#07-standalone-startup/transcript.js';
import { formatAddress } from '#14-leader-election/quorum-server.js';
import type { Vote } from '#14-leader-election/vote.js';
import { decodeInitialMessage, InitialMessageError } from '#15-fast-leader-election/initial-message.js';
import { decodeNotification, NotificationError } from '#15-fast-leader-election/notification.js';
import { voteText } from '#15-fast-leader-election/vote-text.js';

export type ElectionEntry = ElectionMessageEntry | ServerEntry | MachineEntry;

/** A message, at the moment when its last byte was sent. */
export interface ElectionMessageEntry {
  readonly kind: 'message';
  readonly atMs: number;
  /** When its last byte arrived; null as long as it has not, and for ever if it is lost. */
  readonly arrivedMs: number | null;
  /** Names of machines. */
  readonly from: string;
  readonly to: string;
  readonly connection: number;
  /** What it says; null for an introduction, and for what is no notification. */
  readonly vote: Vote | null;
  readonly text: string;
}

/** What became of a server. */
export interface ServerEntry {
  readonly kind: 'server';
  readonly atMs: number;
  readonly machine: string;
  readonly text: string;
}

export interface ElectionTranscriptOptions {
  /** Connections to this port are decoded. */
  readonly electionPort: number;
  /** Whether log lines are written down, too. */
  readonly withLogs?: boolean;
  readonly onSent?: (entry: ElectionMessageEntry) => void;
  /** Told before the receiver gets the last byte. */
  readonly onArrived?: (entry: ElectionMessageEntry) => void;
}

const LENGTH_BYTES = 4;

export class ElectionTranscript {
  /** Oldest first. */
  readonly entries: readonly ElectionEntry[] = [];
  private readonly simulation: Simulation;
  private readonly options: ElectionTranscriptOptions;
  private readonly conversations = new Map<number, Conversation>();

  constructor(simulation: Simulation, options: ElectionTranscriptOptions) {
    this.simulation = simulation;
    this.options = options;
    simulation.onEvent((event) => this.note(event));
  }

  /** Writes down what became of a server. */
  addServerEntry(machine: string, text: string): void {
    this.add({ kind: 'server', atMs: this.simulation.nowMs, machine, text });
  }

  /** The lines of the entries, or of some of them. */
  text(entries: readonly ElectionEntry[] = this.entries): string {
    const rows = entries.map((entry) => [`${entry.atMs.toFixed(3)} ms`, whoText(entry), lineText(entry)] as const);
    const timeWidth = Math.max(0, ...rows.map(([time]) => time.length));
    const whoWidth = Math.max(0, ...rows.map(([, who]) => who.length));
    return rows.map(([time, who, line]) => `${time.padStart(timeWidth)}  ${who.padEnd(whoWidth)}  ${line}\n`).join('');
  }

  private note(event: SimulationEvent): void {
    if (event.kind === 'connect') {
      if (event.port === this.options.electionPort) {
        this.conversations.set(event.connection, new Conversation(event.from, event.to));
      }
    } else if (event.kind === 'send') {
      for (const entry of this.conversations.get(event.connection)?.sent(event) ?? []) {
        this.add(entry);
        this.options.onSent?.(entry);
      }
    } else if (event.kind === 'data') {
      for (const entry of this.conversations.get(event.connection)?.arrived(event) ?? []) {
        this.options.onArrived?.(entry);
      }
    } else if (event.kind !== 'log' || this.options.withLogs) {
      const entry = machineEntry(event);
      if (entry !== null) this.add(entry);
    }
  }

  private add(entry: ElectionEntry): void {
    (this.entries as ElectionEntry[]).push(entry);
  }
}

type PassedBytes = Extract<SimulationEvent, { kind: 'send' | 'data' }>;
type WritableEntry = { -readonly [K in keyof ElectionMessageEntry]: ElectionMessageEntry[K] };

/** One connection: the one who opened it introduces itself, then both send frames. */
class Conversation {
  private readonly opener: string;
  private readonly fromOpener: Way;
  private readonly toOpener: Way;

  constructor(from: string, to: string) {
    this.opener = from;
    this.fromOpener = new Way(from, to, true);
    this.toOpener = new Way(to, from, false);
  }

  sent(event: PassedBytes): ElectionMessageEntry[] {
    return this.wayOf(event).sent(event);
  }

  arrived(event: PassedBytes): ElectionMessageEntry[] {
    return this.wayOf(event).arrived(event);
  }

  private wayOf({ from }: PassedBytes): Way {
    return from === this.opener ? this.fromOpener : this.toOpener;
  }
}

/** One direction of a connection. */
class Way {
  private readonly from: string;
  private readonly to: string;
  private isIntroduced: boolean;
  /** Sent, and not yet a whole message. */
  private rest: Buffer = Buffer.alloc(0);
  private sentBytes = 0;
  private arrivedBytes = 0;
  private underWay: { readonly entry: WritableEntry; readonly endBytes: number }[] = [];

  constructor(from: string, to: string, introduces: boolean) {
    this.from = from;
    this.to = to;
    this.isIntroduced = !introduces;
  }

  sent({ atMs, connection, bytes }: PassedBytes): ElectionMessageEntry[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const entries: ElectionMessageEntry[] = [];
    for (let next = this.next(); next !== null; next = this.next()) {
      const { from, to } = this;
      const { vote, text } = next;
      const entry = { kind: 'message', atMs, arrivedMs: null, from, to, connection, vote, text } as const;
      this.rest = this.rest.subarray(next.sizeBytes);
      this.sentBytes += next.sizeBytes;
      this.underWay.push({ entry, endBytes: this.sentBytes });
      entries.push(entry);
    }
    return entries;
  }

  arrived({ atMs, bytes }: PassedBytes): ElectionMessageEntry[] {
    this.arrivedBytes += bytes.length;
    const whole = this.underWay.filter(({ endBytes }) => endBytes <= this.arrivedBytes);
    this.underWay.splice(0, whole.length);
    return whole.map(({ entry }) => Object.assign(entry, { arrivedMs: atMs }));
  }

  private next(): ReadMessage | null {
    if (!this.isIntroduced) {
      const introduction = readIntroduction(this.rest);
      if (introduction !== null) this.isIntroduced = true;
      return introduction;
    }
    if (this.rest.length < LENGTH_BYTES) return null;
    const sizeBytes = LENGTH_BYTES + this.rest.readInt32BE(0);
    if (sizeBytes < LENGTH_BYTES || this.rest.length < sizeBytes) return null;
    return { ...readVote(this.rest.subarray(LENGTH_BYTES, sizeBytes)), sizeBytes };
  }
}

interface ReadMessage {
  readonly vote: Vote | null;
  readonly text: string;
  readonly sizeBytes: number;
}

function readIntroduction(bytes: Buffer): ReadMessage | null {
  try {
    const decoded = decodeInitialMessage(bytes);
    if (decoded === null) return null;
    const { sender, addresses } = decoded.message;
    const text = `this is server ${sender}, at ${addresses.map(formatAddress).join(', ') || 'no address'}`;
    return { vote: null, text, sizeBytes: decoded.sizeBytes };
  } catch (error) {
    if (!(error instanceof InitialMessageError)) throw error;
    return { vote: null, text: `no introduction: ${error.message}`, sizeBytes: bytes.length };
  }
}

function readVote(message: Buffer): { readonly vote: Vote | null; readonly text: string } {
  try {
    const { vote } = decodeNotification(message);
    return { vote, text: voteText(vote) };
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    return { vote: null, text: `no notification: ${error.message}` };
  }
}

function whoText(entry: ElectionEntry): string {
  if (entry.kind === 'message') return `${entry.from} -> ${entry.to}`;
  return entry.kind === 'server' || entry.to === null ? entry.machine : `${entry.machine} -> ${entry.to}`;
}

function lineText(entry: ElectionEntry): string {
  return entry.kind === 'message' && entry.arrivedMs === null ? `${entry.text}  (has not arrived)` : entry.text;
}
