/**
 * What happened in a simulated run, as people read it: every packet between clients and servers, decoded, and between
 * them what befell the machines and what they logged.
 *
 *      2.000 ms  alice -> server   connect timeout 30000 session 0x0
 *      6.113 ms  server -> alice   connected timeout 30000 session 0x100009ba44ffe84
 *      9.400 ms  server            crash: what was not synced is lost
 *
 * It is made from the simulation's events, so what is observed is what really passed, and nothing has to be put into a
 * server or a client. The same seed gives the same text, byte by byte.
 */
import type { Simulation } from '#00-introduction/simulation.js';
import type { NetworkEvent, SimulationEvent } from '#00-introduction/simulation-event.js';
import { type Packet, PacketDecoder } from '#06-network-protocol/packet-decoder.js';

export type TranscriptEntry = PacketEntry | MachineEntry;

/** A packet, at the moment when its last byte was sent. */
export interface PacketEntry {
  readonly kind: 'packet';
  /** Simulated milliseconds since the start. */
  readonly atMs: number;
  /** When its last byte arrived; null as long as it has not, and for ever if it is lost. */
  readonly arrivedMs: number | null;
  /** Names of machines. */
  readonly from: string;
  readonly to: string;
  /** Counts from 1; a client that connects again has another one. */
  readonly connection: number;
  readonly packet: Packet;
  /** One line. */
  readonly text: string;
}

/** Something that happened at a machine, or between two. */
export interface MachineEntry {
  readonly kind: MachineEntryKind;
  readonly atMs: number;
  readonly machine: string;
  /** The other one, of what happens between two. */
  readonly to: string | null;
  /** One line. */
  readonly text: string;
}

export type MachineEntryKind =
  | 'crash'
  | 'kill'
  | 'restart'
  | 'freeze'
  | 'wall-clock'
  | 'disk-fault'
  | 'log'
  | 'refused'
  | 'break'
  | 'partition'
  | 'heal';

export class Transcript {
  /** Oldest first. */
  readonly entries: readonly TranscriptEntry[] = [];
  private readonly conversations = new Map<number, Conversation>();

  /**
   * Writes down what happens from now on.
   * @param clientPort packets are decoded when they belong to connections to this port
   */
  constructor(simulation: Simulation, clientPort: number) {
    simulation.onEvent((event) => {
      if (event.kind === 'connect') {
        if (event.port === clientPort) this.conversations.set(event.connection, new Conversation(event.from));
      } else if (event.kind === 'send') {
        this.noteSent(event);
      } else if (event.kind === 'data') {
        this.conversations.get(event.connection)?.arrived(event.from, event.bytes.length, event.atMs);
      } else {
        const entry = machineEntry(event);
        if (entry !== null) this.add(entry);
      }
    });
  }

  /** The lines of the entries, or of some of them. */
  text(entries: readonly TranscriptEntry[] = this.entries): string {
    const rows = entries.map((entry) => [`${entry.atMs.toFixed(3)} ms`, whoText(entry), lineText(entry)] as const);
    const timeWidth = Math.max(0, ...rows.map(([time]) => time.length));
    const whoWidth = Math.max(0, ...rows.map(([, who]) => who.length));
    return rows.map(([time, who, line]) => `${time.padStart(timeWidth)}  ${who.padEnd(whoWidth)}  ${line}\n`).join('');
  }

  private noteSent(event: NetworkEvent & { kind: 'send' } & { readonly atMs: number }): void {
    const conversation = this.conversations.get(event.connection);
    if (conversation === undefined) return;
    const { atMs, from, to, connection } = event;
    for (const packet of conversation.sent(from, event.bytes)) {
      const entry = {
        kind: 'packet',
        atMs,
        arrivedMs: null,
        from,
        to,
        connection,
        packet,
        text: packet.summary,
      } as const;
      this.add(entry);
      conversation.awaitArrival(entry);
    }
  }

  private add(entry: TranscriptEntry): void {
    (this.entries as TranscriptEntry[]).push(entry);
  }
}

/** A sign of life that is sent again and again: what most readers want to leave out. */
export function isPing(entry: TranscriptEntry): boolean {
  return entry.kind === 'packet' && (entry.text === 'ping' || entry.text === 'pong');
}

/** One connection: what both sides have said, and how much of it has arrived. */
class Conversation {
  private readonly client: string;
  private readonly decoder = new PacketDecoder();
  private readonly toServer = new Way();
  private readonly toClient = new Way();

  constructor(client: string) {
    this.client = client;
  }

  sent(from: string, bytes: SendEvent['bytes']): Packet[] {
    return from === this.client ? this.decoder.feedClientBytes(bytes) : this.decoder.feedServerBytes(bytes);
  }

  awaitArrival(entry: PacketEntry): void {
    this.wayFrom(entry.from).add(entry);
  }

  arrived(from: string, sizeBytes: number, atMs: number): void {
    this.wayFrom(from).arrived(sizeBytes, atMs);
  }

  private wayFrom(machine: string): Way {
    return machine === this.client ? this.toServer : this.toClient;
  }
}

type SendEvent = Extract<NetworkEvent, { kind: 'send' }>;

/** Packets that are on their way in one direction. */
class Way {
  private underWay: { readonly entry: { arrivedMs: number | null }; readonly endBytes: number }[] = [];
  private sentBytes = 0;
  private arrivedBytes = 0;

  add(entry: PacketEntry): void {
    this.sentBytes += entry.packet.sizeBytes;
    this.underWay.push({ entry, endBytes: this.sentBytes });
  }

  arrived(sizeBytes: number, atMs: number): void {
    this.arrivedBytes += sizeBytes;
    const count = this.underWay.findIndex(({ endBytes }) => endBytes > this.arrivedBytes);
    const whole = this.underWay.splice(0, count === -1 ? this.underWay.length : count);
    for (const { entry } of whole) entry.arrivedMs = atMs;
  }
}

/** What people want to read of an event; null when it is nothing of that kind. */
export function machineEntry(event: SimulationEvent): MachineEntry | null {
  const { atMs } = event;
  const at = (kind: MachineEntryKind, machine: string, text: string): MachineEntry => {
    return { kind, atMs, machine, to: null, text };
  };
  switch (event.kind) {
    case 'crash':
      return at('crash', event.machine, 'crash: what was not synced is lost');
    case 'kill':
      return at('kill', event.machine, 'killed: what was written stays');
    case 'restart':
      return at('restart', event.machine, 'restart');
    case 'freeze':
      return at('freeze', event.machine, `freezes for ${event.forMs} ms`);
    case 'wall-clock':
      return at('wall-clock', event.machine, `the clock on the wall jumps by ${event.byMs} ms`);
    case 'log': {
      const cause = event.cause === null ? '' : ` (${event.cause})`;
      return at('log', event.machine, `log ${event.level}: ${event.message}${cause}`);
    }
    case 'fault':
      return at('disk-fault', event.machine, `disk fault: ${event.action} ${event.path} fails with ${event.error}`);
    case 'sync':
      if (event.error === null) return null;
      return at('disk-fault', event.machine, `disk fault: sync ${event.path} fails with ${event.error}`);
    case 'refused':
      return { kind: 'refused', atMs, machine: event.from, to: event.to, text: 'connection refused' };
    case 'break':
      return { kind: 'break', atMs, machine: event.from, to: event.to, text: 'the connection breaks' };
    case 'partition':
      return { kind: 'partition', atMs, machine: event.from, to: event.to, text: 'nothing gets through' };
    case 'heal':
      return { kind: 'heal', atMs, machine: event.from, to: event.to, text: 'everything gets through again' };
    default:
      return null;
  }
}

function whoText(entry: TranscriptEntry): string {
  if (entry.kind === 'packet') return `${entry.from} -> ${entry.to}`;
  return entry.to === null ? entry.machine : `${entry.machine} -> ${entry.to}`;
}

function lineText(entry: TranscriptEntry): string {
  return entry.kind === 'packet' && entry.arrivedMs === null ? `${entry.text}  (has not arrived)` : entry.text;
}
