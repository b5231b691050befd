/**
 * Notes what arrives at the server as the network cut it: each chunk, how much of a frame is held after it, and the
 * packets that it completed.
 */
import type { SimulationEvent } from '#00-introduction/simulation-event.js';
import { FrameParser } from '#06-network-protocol/framing.js';
import type { TranscriptEntry } from '#07-standalone-startup/transcript.js';

export interface NotedChunk {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  /** What a parser holds after it: the beginning of a frame. */
  readonly heldBytes: number;
  /** Packets that are whole with it, one line each. */
  readonly packets: readonly string[];
}

const MAX_FRAME_BYTES = 0xfffff;

export class ChunkNotes {
  private readonly clientPort: number;
  private readonly ways = new Map<string, { readonly parser: FrameParser; toldPackets: number }>();

  constructor(clientPort: number) {
    this.clientPort = clientPort;
  }

  /** @returns null when nothing arrived with it */
  note(event: SimulationEvent, entries: readonly TranscriptEntry[]): NotedChunk | null {
    if (event.kind === 'connect' && event.port === this.clientPort) {
      for (const from of [event.from, event.to]) {
        this.ways.set(wayName(event.connection, from), { parser: new FrameParser(MAX_FRAME_BYTES), toldPackets: 0 });
      }
    }
    if (event.kind !== 'data') return null;
    const { atMs, from, to, connection, bytes } = event;
    const way = this.ways.get(wayName(connection, from));
    if (way === undefined) return null;
    way.parser.push(bytes);
    let frames = 0;
    while (way.parser.next()) frames++;
    way.parser.holdRest();
    const sent = entries.filter(
      (entry) => entry.kind === 'packet' && entry.connection === connection && entry.from === from,
    );
    const packets = sent.slice(way.toldPackets, way.toldPackets + frames).map(({ text }) => text);
    way.toldPackets += frames;
    return { atMs, from, to, bytes: Uint8Array.from(bytes), heldBytes: way.parser.heldBytesCount, packets };
  }
}

const wayName = (connection: number, from: string): string => `${connection} ${from}`;
