/** The checks of lab 6, in the order of the text. Each unit check needs only gaps up to its own. */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { FrameLengthError, FrameParser, readSteps, writeSteps } from '#06-network-protocol/framing.js';
import { MultiException } from '#10-client-cnxn/client-errors.js';
import type { Step } from '#10-client-cnxn/multi-steps.js';
import type { Attempt } from '../runner/attempt.js';
import { bytesOf, hexOf } from '../runner/bytes.js';
import { simulated, unit } from '../runner/checks.node.js';
import { RawPeer } from '../runner/raw-peer.js';

const EVERY_FRAME = 'Every frame is found, once, in its order, wherever the network has cut.';
const OWN_BYTES = 'A frame is what its length says, and not a byte more.';
const REFUSED_AT_ONCE = 'A length that no well-behaved peer sends is refused before anything is kept for it.';
const NOTHING_LOST = 'What was not read yet is read next, even if its memory has been used for something else.';
const SAME_BYTES = 'All writers make the same bytes of the same steps.';
const ALL_STEPS = 'What comes out is what went in: all steps, and nothing of what stands behind them.';

const MAX_FRAME_BYTES = 100;

/** All frames that are there, as hex. */
function framesOf(parser: FrameParser): string[] {
  const frames: string[] = [];
  while (parser.next()) frames.push(hexOf(parser.memory.subarray(parser.start, parser.end)));
  return frames;
}

const parserOf = (attempt: Attempt): FrameParser => attempt.make('parser', FrameParser, MAX_FRAME_BYTES);

// ----------------------------------------------------------------------------------------- 06.1 the next frame

unit({ gap: '06.1', name: 'a frame that lies whole in a chunk', invariant: OWN_BYTES }, (attempt) => {
  const parser = parserOf(attempt);
  parser.push(bytesOf('00000003 610262'));
  attempt.equal(parser.next(), true);
  attempt.equal(hexOf(parser.memory.subarray(parser.start, parser.end)), '61 02 62', 'the bytes from start to end');
  attempt.equal(parser.next(), false);
});

unit({ gap: '06.1', name: 'four frames in a chunk, two of them empty', invariant: EVERY_FRAME }, (attempt) => {
  const parser = parserOf(attempt);
  parser.push(bytesOf('00000001 61 00000000 00000002 6263 00000000'));
  attempt.equal(framesOf(parser), ['61', '', '62 63', ''], 'the frames');
});

unit({ gap: '06.1', name: 'half a frame is none yet', invariant: OWN_BYTES }, (attempt) => {
  for (const bytes of ['', '000000', '00000003', '00000003 6102']) {
    const parser = parserOf(attempt);
    parser.push(bytesOf(bytes));
    attempt.equal(parser.next(), false);
    attempt.equal(parser.next(), false);
  }
});

unit({ gap: '06.1', name: 'the memory behind the chunk is not looked at', invariant: OWN_BYTES }, (attempt) => {
  const parser = parserOf(attempt);
  const memory = bytesOf('ee 00000002 61 62636465');
  parser.push(memory.subarray(1, 6));
  attempt.equal(parser.next(), false);
});

unit({ gap: '06.1', name: 'a length of 0 to the limit is allowed', invariant: REFUSED_AT_ONCE }, (attempt) => {
  const parser = parserOf(attempt);
  parser.push(bytesOf('00000064', '61'.repeat(100)));
  attempt.equal(parser.next(), true);
  for (const length of ['00000065 61', 'ffffffff 61', '80000000 61']) {
    const other = parserOf(attempt);
    other.push(bytesOf(length, '61'.repeat(200)));
    attempt.throws(() => other.next(), FrameLengthError);
  }
});

// ----------------------------------------------------------------------------- 06.2 bytes that wait for the rest

unit({ gap: '06.2', name: 'a frame in two chunks', invariant: EVERY_FRAME }, (attempt) => {
  const parser = parserOf(attempt);
  parser.push(bytesOf('00000003 61'));
  attempt.equal(framesOf(parser), [], 'the frames');
  parser.holdRest();
  attempt.equal(parser.heldBytesCount, 5);
  parser.push(bytesOf('0262 00000001 63'));
  attempt.equal(framesOf(parser), ['61 02 62', '63'], 'the frames');
  parser.holdRest();
  attempt.equal(parser.heldBytesCount, 0);
});

unit({ gap: '06.2', name: 'the rest of a chunk, behind frames that were read', invariant: EVERY_FRAME }, (attempt) => {
  const parser = parserOf(attempt);
  parser.push(bytesOf('00000001 61 00000002 62'));
  attempt.equal(framesOf(parser), ['61'], 'the frames');
  parser.holdRest();
  attempt.equal(parser.heldBytesCount, 5);
  parser.push(bytesOf('63'));
  attempt.equal(framesOf(parser), ['62 63'], 'the frames');
});

unit({ gap: '06.2', name: 'chunks that leave nothing', invariant: NOTHING_LOST }, (attempt) => {
  const parser = parserOf(attempt);
  for (const text of ['61', '62']) {
    parser.push(bytesOf('00000001', text));
    attempt.equal(framesOf(parser), [text], 'the frames');
    parser.holdRest();
    attempt.equal(parser.heldBytesCount, 0);
  }
});

// -------------------------------------------------------------------------------------------- 06.3 steps, written

unit({ gap: '06.3', name: 'each step behind its header, then the last header', invariant: SAME_BYTES }, (attempt) => {
  const archive = new BinaryOutputArchive();
  const write = attempt.function('writeSteps', writeSteps<{ type: number; value: number }>);
  const steps = [
    { type: 1, value: 7 },
    { type: 5, value: 8 },
  ];
  const minusOne = (): number => -1;
  write(archive, steps, minusOne, (step) => archive.writeInt(step.value));
  attempt.equal(
    hexOf(archive.bytes()),
    hexOf(bytesOf('00000001 00 ffffffff 00000007', '00000005 00 ffffffff 00000008', LAST_HEADER)),
    'the bytes',
  );
});

unit({ gap: '06.3', name: 'the header of a step that failed has its error', invariant: SAME_BYTES }, (attempt) => {
  const archive = new BinaryOutputArchive();
  const write = attempt.function('writeSteps', writeSteps<{ type: number; err: number }>);
  const errOf = ({ err }: { err: number }): number => err;
  write(archive, [{ type: -1, err: -101 }], errOf, (step) => archive.writeInt(step.err));
  attempt.equal(hexOf(archive.bytes()), hexOf(bytesOf('ffffffff 00 ffffff9b ffffff9b', LAST_HEADER)), 'the bytes');
});

unit({ gap: '06.3', name: 'no steps are the last header alone', invariant: SAME_BYTES }, (attempt) => {
  const archive = new BinaryOutputArchive();
  attempt.function('writeSteps', writeSteps)(
    archive,
    [],
    () => -1,
    () => {},
  );
  attempt.equal(hexOf(archive.bytes()), hexOf(bytesOf(LAST_HEADER)), 'the bytes');
});

// ----------------------------------------------------------------------------------------------- 06.4 steps, read

unit({ gap: '06.4', name: 'steps come back, and what stands behind them stays', invariant: ALL_STEPS }, (attempt) => {
  const archive = new BinaryInputArchive(
    bytesOf('00000001 00 ffffffff 00000007', '00000005 00 ffffffff 00000008', LAST_HEADER, '0000002a'),
  );
  const read = attempt.function('readSteps', readSteps<string>);
  const readStep = (type: number, before: readonly string[]): string =>
    `${before.length}: type ${type}, ${archive.readInt()}`;
  attempt.equal(read(archive, readStep), ['0: type 1, 7', '1: type 5, 8']);
  attempt.equal(archive.readInt(), 42, 'what stands behind them');
});

unit({ gap: '06.4', name: 'the last header alone is no steps', invariant: ALL_STEPS }, (attempt) => {
  const archive = new BinaryInputArchive(bytesOf(LAST_HEADER));
  const readStep = (): number => attempt.wrong('that no step is read', 'one that is');
  attempt.equal(attempt.function('readSteps', readSteps<number>)(archive, readStep), []);
});

const LAST_HEADER = 'ffffffff 01 ffffffff';

// ------------------------------------------------------------------------------------------ a server, simulated

simulated(
  { gap: '06.2', name: 'a network that cuts wherever it likes', invariant: EVERY_FRAME, points: 2, seeds: 6 },
  async (attempt) => {
    const zoo = attempt.server({ network: { splitChance: 1 / 2, singleByteChance: 1 / 8, joinChance: 1 / 2 } });
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    const paths = Array.from({ length: 40 }, (_, index) => `/n${index}`);
    const made = await zoo.settle(Promise.all(paths.map((path) => alice.create(path, `data of ${path}`))));
    attempt.equal(made, paths, 'the answers to all creates, in their order');
    const read = await zoo.settle(Promise.all(paths.map((path) => alice.getData(path))));
    attempt.equal(
      read.map(({ data }) => data?.toString('latin1')),
      paths.map((path) => `data of ${path}`),
      'the data of all nodes',
    );
  },
);

simulated(
  { gap: '06.2', name: 'requests behind the handshake, in one piece', invariant: NOTHING_LOST, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const peer = new RawPeer(attempt);
    attempt.did('in one piece: a handshake, and two pings');
    peer.send(RawPeer.handshake(), RawPeer.ping(), RawPeer.ping());
    await peer.expectFrames(3);
  },
);

simulated(
  {
    gap: '06.1',
    name: 'a length that is too large is refused at once',
    invariant: REFUSED_AT_ONCE,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const peer = new RawPeer(attempt);
    peer.send(RawPeer.handshake());
    await peer.expectFrames(1);
    attempt.did('a frame of 2 147 483 647 bytes is announced; three of them come');
    peer.send('7fffffff 616161');
    await peer.expectClosed();
  },
);

simulated(
  { gap: '06.2', name: 'data of every size, beside small requests', invariant: NOTHING_LOST, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = attempt.server({ network: { splitChance: 1 / 2 } });
    await zoo.settle(zoo.start());
    const [alice, bob] = await zoo.settle(Promise.all([zoo.connect('alice'), zoo.connect('bob')]));
    const sizes = Array.from({ length: 8 }, () => attempt.random.integer(200_000));
    const work = sizes.flatMap((sizeBytes, index) => [
      alice.create(`/large${index}`, Buffer.alloc(sizeBytes, 'large')),
      bob.create(`/small${index}`, 'small'),
      alice.exists('/'),
    ]);
    await zoo.settle(Promise.all(work));
    for (const [index, sizeBytes] of sizes.entries()) {
      const { data } = await zoo.settle(bob.getData(`/large${index}`));
      attempt.equal(data?.length, sizeBytes, `the length of the data of /large${index}`);
      attempt.holds(data?.equals(Buffer.alloc(sizeBytes, 'large')) ?? false, 'the data as they were', 'other data');
    }
  },
);

simulated(
  {
    gap: '06.4',
    name: 'a multi that fails says of each step what became of it',
    invariant: ALL_STEPS,
    points: 2,
    seeds: 2,
  },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    await zoo.settle(alice.create('/a', ''));
    const steps: Step[] = [
      { op: 'create', path: '/b' },
      { op: 'create', path: '/a' },
      { op: 'delete', path: '/a' },
    ];
    const failure = await zoo.settle(alice.multi(steps).catch((error: unknown) => error));
    const got = Array.isArray(failure) ? `an answer of ${failure.length} steps` : `${failure}`;
    attempt.holds(failure instanceof MultiException, 'that the multi fails, step by step', got);
    const errors = (failure as MultiException).results.map(({ code }) => code);
    const { OK, NodeExists, RuntimeInconsistency } = ErrorCode;
    attempt.equal(errors, [OK, NodeExists, RuntimeInconsistency], 'the errors of the three steps');
  },
);
