/** The decoder of captured packets: bytes of both directions, of a program that nobody has vetted. It never throws. */
import { PacketDecoder } from '#06-network-protocol/packet-decoder.js';
import { ClientTarget } from '#testing/fuzz/client-target.js';
import type { FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { chunksOf } from '#testing/fuzz/input-bytes.js';
import { ServerTarget } from '#testing/fuzz/server-target.js';

export class DecoderTarget implements FuzzTarget {
  readonly name = 'decoder';
  readonly isFramed = true;
  readonly seeds = decoderSeeds();

  /** Even frames are the client's, odd ones the server's. */
  async run({ frames, cuts }: FuzzInput): Promise<string> {
    const decoder = new PacketDecoder();
    const clientChunks = chunksOf({ frames: frames.filter((_frame, i) => i % 2 === 0), cuts });
    const serverChunks = chunksOf({ frames: frames.filter((_frame, i) => i % 2 === 1), cuts });
    const packets = [
      ...clientChunks.flatMap((chunk) => decoder.feedClientBytes(chunk)),
      ...serverChunks.flatMap((chunk) => decoder.feedServerBytes(chunk)),
    ];
    for (const { summary, sizeBytes } of packets) {
      if (summary.length === 0 || sizeBytes < 0) throw new Error('a packet says nothing');
    }
    return packets.at(-1)?.kind ?? 'nothing';
  }
}

function decoderSeeds(): FuzzInput[] {
  const server = new ClientTarget().seeds;
  return new ServerTarget().seeds.map(({ frames, cuts }, i) => {
    const answers = server[i % server.length]?.frames ?? [];
    return { frames: frames.flatMap((frame, at) => (answers[at] ? [frame, answers[at]] : [frame])), cuts };
  });
}
