/** The checks of lab 4, in the order of the text. Each unit check needs only gaps up to its own. */
import { Buffer } from 'node:buffer';
import {
  ArchiveError,
  BinaryInputArchive,
  BinaryOutputArchive,
  juteStringByteLength,
  writeJuteString,
} from '#04-serialization/binary-archive.js';
import { CreateRequest } from '#05-jute/records/proto.js';
import { errorCodeName } from '#06-network-protocol/error-codes.js';
import { bytesOf, hexOf, int, text } from '../runner/bytes.js';
import { simulated, unit } from '../runner/checks.node.js';
import { ForeignClient, GET_DATA, type Reply } from './grade-foreign-client.js';

const ALL_IS_KEPT = 'What was written stays, in its order, whatever is written behind it.';
const FEW_COPIES = 'The work for a message grows with its length, and no faster.';
const SAME_BYTES = 'All writers make the same bytes of the same value.';
const OWN_BYTES_ONLY = 'A reader takes nothing from behind the end of its message.';
const NOT_BELIEVED = 'No length from outside is believed before it was checked.';
const NULL_IS_NOT_EMPTY = 'Null stays null, and empty stays empty.';
const GIVEN_BACK = 'What comes out is what went in.';

// --------------------------------------------------------------------------------------- 04.1 room for more

unit({ gap: '04.1', name: 'the memory grows, and what was written stays', invariant: ALL_IS_KEPT }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive, 4);
  archive.writeInt(1);
  archive.writeInt(2);
  archive.writeByte(3);
  attempt.equal(hexOf(archive.bytes()), '00 00 00 01 00 00 00 02 03');
});

unit({ gap: '04.1', name: 'a number goes where the others are, after growing', invariant: ALL_IS_KEPT }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive, 8);
  archive.writeLong(1n);
  archive.writeLong(2n);
  archive.patchInt(0, 7);
  attempt.equal(hexOf(archive.bytes()), '00 00 00 07 00 00 00 01 00 00 00 00 00 00 00 02');
});

unit({ gap: '04.1', name: 'memory that is large enough is kept', invariant: ALL_IS_KEPT }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive, 16);
  for (let value = 1; value <= 4; value++) archive.writeInt(value);
  attempt.equal(archive.capacityBytes, 16);
  attempt.equal(archive.position, 16);
});

unit({ gap: '04.1', name: 'the memory is replaced a few times, not each time', invariant: FEW_COPIES }, (attempt) => {
  const archive = new BinaryOutputArchive(16);
  attempt.did('writeInt 10 000 times, to an archive that begins with 16 bytes');
  const capacities = new Set<number>();
  for (let value = 0; value < 10_000; value++) {
    archive.writeInt(value);
    capacities.add(archive.capacityBytes);
  }
  attempt.holds(capacities.size <= 50, 'at most 50 sizes of the memory', `${capacities.size}`);
});

// ----------------------------------------------------------------- 04.2 strings, buffers and vectors, written

unit({ gap: '04.2', name: 'the length of a string counts bytes', invariant: SAME_BYTES }, (attempt) => {
  const byteLength = attempt.function('juteStringByteLength', juteStringByteLength);
  attempt.equal(byteLength('w1'), 2);
  attempt.equal(byteLength('é'), 2);
  attempt.equal(byteLength('€'), 3);
  attempt.equal(byteLength('\u007f\u0080'), 3);
  attempt.equal(byteLength('\u07ff\u0800'), 5);
  attempt.equal(byteLength('💰'), 6);
  attempt.equal(byteLength(''), 0);
});

unit({ gap: '04.2', name: 'each unit of 16 bits is encoded on its own', invariant: SAME_BYTES }, (attempt) => {
  const write = attempt.function('writeJuteString', writeJuteString);
  const written = (value: string, lengthBytes: number): string => {
    const memory = Buffer.alloc(lengthBytes + 2, 0xee);
    write(memory, 1, value);
    return hexOf(memory);
  };
  attempt.equal(written('w1', 2), 'ee 77 31 ee');
  attempt.equal(written('\u007f\u0080', 3), 'ee 7f c2 80 ee');
  attempt.equal(written('\u07ff\u0800', 5), 'ee df bf e0 a0 80 ee');
  attempt.equal(written('é€', 5), 'ee c3 a9 e2 82 ac ee');
  attempt.equal(written('💰', 6), 'ee ed a0 bd ed b2 b0 ee');
});

unit({ gap: '04.2', name: 'a string is its length and its bytes', invariant: SAME_BYTES }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive);
  archive.writeString('w1');
  archive.writeString('é💰');
  attempt.equal(hexOf(archive.bytes()), '00 00 00 02 77 31 00 00 00 08 c3 a9 ed a0 bd ed b2 b0');
});

unit({ gap: '04.2', name: 'null is not an empty string', invariant: NULL_IS_NOT_EMPTY }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive);
  archive.writeString('');
  archive.writeString(null);
  attempt.equal(hexOf(archive.bytes()), '00 00 00 00 ff ff ff ff');
});

unit({ gap: '04.2', name: 'null is not an empty buffer', invariant: NULL_IS_NOT_EMPTY }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive);
  archive.writeBuffer(bytesOf('62 61 74'));
  archive.writeBuffer(Buffer.alloc(0));
  archive.writeBuffer(null);
  attempt.equal(hexOf(archive.bytes()), '00 00 00 03 62 61 74 00 00 00 00 ff ff ff ff');
});

unit({ gap: '04.2', name: 'a vector is its count and its elements', invariant: SAME_BYTES }, (attempt) => {
  const archive = attempt.make('archive', BinaryOutputArchive);
  const writeInt = (to: BinaryOutputArchive, value: number): void => to.writeInt(value);
  archive.writeVector([5, 6], writeInt);
  archive.writeVector([], writeInt);
  archive.writeVector(null, writeInt);
  attempt.equal(hexOf(archive.bytes()), '00 00 00 02 00 00 00 05 00 00 00 06 00 00 00 00 ff ff ff ff');
});

// ------------------------------------------------------------------------------------- 04.3 the next bytes

unit({ gap: '04.3', name: 'values come out in the order in which they went in', invariant: GIVEN_BACK }, (attempt) => {
  const archive = attempt.make('archive', BinaryInputArchive, bytesOf('ff 00000064 0000000100000002 01'));
  attempt.equal(archive.readByte(), -1);
  attempt.equal(archive.readInt(), 100);
  attempt.equal(archive.readLong(), 0x1_0000_0002n);
  attempt.equal(archive.readBoolean(), true);
  attempt.equal(archive.remainingBytes, 0);
});

unit(
  { gap: '04.3', name: 'an end in the middle of a value is an ArchiveError', invariant: OWN_BYTES_ONLY },
  (attempt) => {
    const archive = attempt.make('archive', BinaryInputArchive, bytesOf('00000064 0000'));
    attempt.equal(archive.readInt(), 100);
    attempt.equal(
      reasonOf(() => archive.readInt()),
      'end-of-data',
      'the reason why readInt() fails',
    );
    attempt.equal(archive.remainingBytes, 2);
  },
);

// ----------------------------------------------------------------------- 04.4 strings and buffers, read

unit({ gap: '04.4', name: 'strings and buffers come back', invariant: GIVEN_BACK }, (attempt) => {
  const archive = attempt.make('archive', BinaryInputArchive, bytesOf(text('w1'), '00000002 c3a9', '00000003 626174'));
  attempt.equal(archive.readString(), 'w1');
  attempt.equal(archive.readString(), 'é');
  attempt.equal(archive.readBuffer(), bytesOf('62 61 74'));
  attempt.equal(archive.remainingBytes, 0);
});

unit({ gap: '04.4', name: 'null comes back as null, empty as empty', invariant: NULL_IS_NOT_EMPTY }, (attempt) => {
  const archive = attempt.make('archive', BinaryInputArchive, bytesOf('ffffffff 00000000 ffffffff 00000000'));
  attempt.equal(archive.readString(), null);
  attempt.equal(archive.readString(), '');
  attempt.equal(archive.readBuffer(), null);
  attempt.equal(archive.readBuffer(), Buffer.alloc(0));
});

unit({ gap: '04.4', name: 'a length that no writer writes is refused', invariant: NOT_BELIEVED }, (attempt) => {
  for (const length of [-2, -2_147_483_648, 101, 2_147_483_647]) {
    const bytes = bytesOf(int(length), '00'.repeat(200));
    const archive = attempt.make('archive', BinaryInputArchive, bytes, 0, bytes.length, 100);
    attempt.equal(
      reasonOf(() => archive.readString()),
      'unreasonable-length',
      'the reason why readString() fails',
    );
    archive.reset(bytes, 0, bytes.length);
    attempt.equal(
      reasonOf(() => archive.readBuffer()),
      'unreasonable-length',
      'the reason why readBuffer() fails',
    );
  }
});

unit({ gap: '04.4', name: 'the longest one that is allowed is read', invariant: NOT_BELIEVED }, (attempt) => {
  const bytes = bytesOf(int(100), '61'.repeat(100));
  const archive = attempt.make('archive', BinaryInputArchive, bytes, 0, bytes.length, 100);
  attempt.equal(archive.readString()?.length, 100);
});

unit({ gap: '04.4', name: 'a length that promises more than there is fails', invariant: OWN_BYTES_ONLY }, (attempt) => {
  for (const read of ['readString', 'readBuffer'] as const) {
    const archive = attempt.make('archive', BinaryInputArchive, bytesOf('00000005 62617463'));
    attempt.equal(
      reasonOf(() => archive[read]()),
      'end-of-data',
      `the reason why ${read}() fails`,
    );
  }
});

// ------------------------------------------------------------------------------------- 04.5 vectors, read

unit({ gap: '04.5', name: 'vectors come back, also null and empty', invariant: NULL_IS_NOT_EMPTY }, (attempt) => {
  const bytes = bytesOf('00000002', text('w1'), text('w2'), '00000000', 'ffffffff');
  const archive = attempt.make('archive', BinaryInputArchive, bytes);
  const readString = (from: BinaryInputArchive): string | null => from.readString();
  attempt.equal(archive.readVector(readString), ['w1', 'w2']);
  attempt.equal(archive.readVector(readString), []);
  attempt.equal(archive.readVector(readString), null);
});

unit({ gap: '04.5', name: 'a count below -1 is refused', invariant: NOT_BELIEVED }, (attempt) => {
  const archive = attempt.make('archive', BinaryInputArchive, bytesOf('fffffffe'));
  attempt.equal(
    reasonOf(() => archive.readVector((from) => from.readInt())),
    'unreasonable-length',
    'the reason why readVector() fails',
  );
});

unit({ gap: '04.5', name: 'a list that ends too early is none', invariant: OWN_BYTES_ONLY }, (attempt) => {
  const archive = attempt.make('archive', BinaryInputArchive, bytesOf('00000003 00000001 00000002'));
  attempt.equal(
    reasonOf(() => archive.readVector((from) => from.readInt())),
    'end-of-data',
    'the reason why readVector() fails',
  );
});

unit(
  { gap: '04.5', name: 'the request of the chapter, cut anywhere, is an error', invariant: OWN_BYTES_ONLY },
  (attempt) => {
    attempt.did('CreateRequest.read of the first 0, 1, … 61 bytes');
    for (let length = 0; length < CHAPTERS_REQUEST.length; length++) {
      const archive = new BinaryInputArchive(CHAPTERS_REQUEST.subarray(0, length));
      attempt.equal(
        reasonOf(() => CreateRequest.read(archive)),
        'end-of-data',
        `the reason with ${length} bytes`,
      );
    }
    const request = CreateRequest.read(new BinaryInputArchive(CHAPTERS_REQUEST));
    attempt.equal(request.path, '/payout/config', 'the path in all 62 bytes');
    attempt.equal(request.acl, [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }], 'the list in all 62 bytes');
  },
);

/** `create('/payout/config', 'batch=100')`, as three clients send it. */
const CHAPTERS_REQUEST = bytesOf(
  text('/payout/config'),
  text('batch=100'),
  int(1) + int(31) + text('world') + text('anyone'),
  int(0),
);

/** Why a read fails. An error that is none of the archive's is the learner's to see. */
function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ArchiveError) return error.reason;
    throw error;
  }
  return 'no error';
}

// ------------------------------------------------------------------------------------- a server, simulated

simulated(
  { gap: '04.4', name: 'what clients store stays as it is', invariant: GIVEN_BACK, points: 2, seeds: 6 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const [alice, bob] = await zoo.settle(Promise.all([zoo.connect('alice'), zoo.connect('bob')]));
    const stored = new Map<string, string>();
    for (let index = 0; index < 12; index++) {
      const client = attempt.random.chance(0.5) ? alice : bob;
      const [path, data] = [`/n${index}`, `batch=${attempt.random.integer(1000)}`];
      stored.set(path, data);
      await zoo.settle(client.create(path, data));
    }
    for (const [path, data] of stored) {
      const { data: got } = await zoo.settle(bob.getData(path));
      attempt.equal(got && hexOf(got), hexOf(Buffer.from(data)), `the data of ${path}`);
    }
  },
);

simulated(
  { gap: '04.1', name: 'large and small data in any order', invariant: ALL_IS_KEPT, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    for (const sizeBytes of [10, 900_000, 3, 20_000 + attempt.random.integer(100_000), 300_000]) {
      const path = `/of-${sizeBytes}-bytes`;
      const data = Buffer.alloc(sizeBytes, 'batch=100;');
      await zoo.settle(alice.create(path, data));
      const { data: got } = await zoo.settle(alice.getData(path));
      attempt.equal(got?.length, sizeBytes, `the length of the data of ${path}`);
      attempt.holds(got?.equals(data) ?? false, `the data of ${path} as they were`, 'other ones');
    }
  },
);

simulated(
  { gap: '04.2', name: 'a list of a thousand names', invariant: ALL_IS_KEPT, points: 2, seeds: 2 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    await zoo.settle(alice.create('/payout', ''));
    const names = Array.from({ length: 1000 }, (_, index) => nameOf(index, attempt.random.integer(20)));
    for (let from = 0; from < names.length; from += 20) {
      const some = names.slice(from, from + 20);
      await zoo.settle(Promise.all(some.map((name) => alice.create(`/payout/${name}`, ''))));
    }
    const { children: got } = await zoo.settle(alice.getChildren('/payout'));
    const missing = names.filter((name) => !got.includes(name));
    attempt.equal(got.length, names.length, 'the count of children');
    attempt.equal(missing.slice(0, 3), [], 'names that are missing');
  },
);

const nameOf = (index: number, paddingUnits: number): string => `o${index}-${'é€'.repeat(paddingUnits)}`;

simulated(
  { gap: '04.4', name: 'a server that starts again reads its files', invariant: GIVEN_BACK, points: 2, seeds: 4 },
  async (attempt) => {
    const zoo = attempt.server({ config: { snapCount: 10 } });
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    const datas = Array.from({ length: 14 }, (_, index) =>
      Buffer.alloc((index === 2 ? 400_000 : 30_000) + attempt.random.integer(60_000), `data ${index};`),
    );
    for (const [index, data] of datas.entries()) await zoo.settle(alice.create(`/payout-${'x'.repeat(index)}`, data));
    const longId = `payout:${'x'.repeat(300_000)}`;
    await zoo.settle(alice.create('/guarded', '', { acl: [{ perms: 1, id: { scheme: 'digest', id: longId } }] }));
    attempt.did('the server stops, and starts again');
    await zoo.settle(zoo.stop());
    const before = zoo.transcript.entries.length;
    await zoo.settle(zoo.restart());
    const complaint = zoo.transcript.entries
      .slice(before)
      .find((entry) => entry.kind === 'log' && entry.machine === 'server' && entry.text.startsWith(WARNING));
    attempt.holds(
      !complaint,
      'that it finds its files in order',
      `a warning: ${complaint?.text.slice(WARNING.length)}`,
    );
    for (const [index, data] of datas.entries()) {
      const path = `/payout-${'x'.repeat(index)}`;
      const got = zoo.server?.tree.get(path)?.data;
      attempt.holds(got?.equals(data) ?? false, `${path} with its data`, got ? 'other data' : 'no such node');
    }
  },
);

simulated(
  {
    gap: '04.3',
    name: 'a request that ends too early does not read the next one',
    invariant: OWN_BYTES_ONLY,
    points: 2,
    seeds: 6,
  },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const client = await ForeignClient.open(attempt);
    attempt.did('in one piece: a getData without its last byte, and a create');
    const short = client.request(GET_DATA, text('/zookeeper'));
    const [first, second] = await client.call(short, client.create('/good', text('batch=100')));
    attempt.equal(outcomeOf(first), 'MarshallingError', 'the answer to the getData');
    attempt.equal(outcomeOf(second), 'OK', 'the answer to the create');
  },
);

simulated(
  { gap: '04.5', name: 'a count that lies costs nothing', invariant: NOT_BELIEVED, points: 2, seeds: 3 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const client = await ForeignClient.open(attempt);
    for (const count of [2_000_000_000, ...new Array<number>(8).fill(30_000_000)]) {
      attempt.did(`a create with ${count} permissions, none of which is there`);
      const before = process.memoryUsage().heapUsed;
      const [reply] = await client.call(client.create('/lie', text('batch=100'), int(count)));
      attempt.equal(outcomeOf(reply), 'MarshallingError', 'the answer to it');
      const takenMb = Math.round((process.memoryUsage().heapUsed - before) / 1e6);
      attempt.holds(takenMb < 100, 'that next to no memory is taken for it', `${takenMb} MB`);
    }
    const [last] = await client.call(client.create('/good', text('batch=100')));
    attempt.equal(outcomeOf(last), 'OK', 'the answer to a good one, after them');
  },
);

simulated(
  {
    gap: '04.2',
    name: "null and empty data of another client's, through a restart",
    invariant: NULL_IS_NOT_EMPTY,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { snapCount: 2 + (attempt.seed % 6) } });
    await zoo.settle(zoo.start());
    const client = await ForeignClient.open(attempt);
    await client.call(
      client.create('/null', int(-1)),
      client.create('/empty', int(0)),
      client.create('/w1', text('w1')),
    );
    attempt.did('the server loses its power, and starts again');
    zoo.crash();
    await zoo.settle(zoo.restart());
    const later = await ForeignClient.open(attempt);
    const replies = await later.call(later.getData('/null'), later.getData('/empty'), later.getData('/w1'));
    const [ofNull, ofEmpty, ofW1] = replies.map((reply) => hexOf(reply.body.subarray(0, -STAT_BYTES)));
    attempt.equal(ofNull, 'ff ff ff ff', 'the data of /null, as they are sent');
    attempt.equal(ofEmpty, '00 00 00 00', 'the data of /empty, as they are sent');
    attempt.equal(ofW1, '00 00 00 02 77 31', 'the data of /w1, as they are sent');
  },
);

const WARNING = 'log warn: ';
/** By its name, which says more than a number. */
const outcomeOf = (reply: Reply | undefined): string => (reply ? errorCodeName(reply.error) : 'none');
const STAT_BYTES = 68;
