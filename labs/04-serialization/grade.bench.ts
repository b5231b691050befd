/** How the archives do with much to write, and with what a server does all day. */
import { Buffer } from 'node:buffer';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { CreateRequest } from '#05-jute/records/proto.js';
import { ratio, slope } from '../runner/bench-checks.js';

const REQUEST = {
  path: '/payout/orders/o-0000000017',
  data: Buffer.from('batch=100'),
  acl: [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }],
  flags: 0,
};

export default [
  slope({
    gap: '04.1',
    name: 'a byte costs the same at the end of a long message as at its beginning',
    invariant: 'The work for a message grows with its length, and no faster.',
    points: 2,
    of: 'ints',
    sizes: [4000, 16_000, 64_000],
    limit: 1.5,
    prepare: (size) => () => {
      const archive = new BinaryOutputArchive(16);
      for (let value = 0; value < size; value++) archive.writeInt(value);
    },
  }),
  ratio({
    gap: '04.4',
    name: 'requests are written and read in about the time of our answer',
    invariant: 'The work for a message grows with its length, and no faster.',
    prepare: () => {
      const output = new BinaryOutputArchive();
      const input = new BinaryInputArchive(output.bytes());
      return () => {
        for (let round = 0; round < 20_000; round++) {
          output.reset();
          CreateRequest.write(output, REQUEST);
          const bytes = output.bytes();
          input.reset(bytes, 0, bytes.length);
          CreateRequest.read(input);
        }
      };
    },
  }),
];
