/** Somebody who talks nonsense to the election ports of an ensemble, and what comes of it: nothing. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import { makePlan } from '#15-fast-leader-election/election-plan.js';
import { encodeInitialMessage } from '#15-fast-leader-election/initial-message.js';
import { encodeNotification } from '#15-fast-leader-election/notification.js';
import { ELECTION_PORT, SimulatedElection } from '#15-fast-leader-election/simulated-election.js';

const EXTREMES = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 1n << 32n];

/** A number that may be anything, and often is one that somebody did not think of. */
function anyLong(random: SeededRandom): bigint {
  if (random.chance(1 / 2)) return BigInt(random.integer(8));
  if (random.chance(1 / 2)) return EXTREMES[random.integer(EXTREMES.length)] as bigint;
  return BigInt.asIntN(64, (BigInt(random.integer(2 ** 32)) << 32n) | BigInt(random.integer(2 ** 32)));
}

function anyNotification(random: SeededRandom): Buffer {
  const states = ['looking', 'following', 'leading', 'observing'] as const;
  return encodeNotification({
    vote: {
      leader: serverId(anyLong(random)),
      zxid: zxid(anyLong(random)),
      electionEpoch: anyLong(random),
      peerEpoch: anyLong(random),
      state: states[random.integer(4)] as 'looking',
      version: random.integer(4),
    },
    config: random.chance(1 / 2) ? '' : `server.1=x:1:2\nversion=${random.integer(3)}`,
  });
}

/** Changes some bytes, or cuts the end off. */
function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = random.integer(4); i > 0; i--) copy[random.integer(copy.length)] = random.integer(256);
  return random.chance(1 / 4) ? copy.subarray(0, random.integer(copy.length + 1)) : copy;
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** Everything that one caller says. */
function anySpeech(random: SeededRandom, id: bigint): Buffer {
  const addresses = [{ host: random.chance(1 / 2) ? 'zk1' : 'nowhere', port: random.integer(65_536) }];
  const parts = [encodeInitialMessage(serverId(id), addresses, random.chance(1 / 2))];
  for (let i = random.integer(6); i > 0; i--) parts.push(framed(anyNotification(random)));
  return random.chance(1 / 2) ? Buffer.concat(parts) : damaged(Buffer.concat(parts), random);
}

/** Calls the servers again and again for a while. */
async function beHostile(zoo: SimulatedElection, calls: number, idOf: (random: SeededRandom) => bigint): Promise<void> {
  const random = zoo.simulation.random.fork('hostile');
  const { network } = zoo.simulation.machine('hostile').world;
  for (let call = 0; call < calls; call++) {
    const to = [...zoo.servers.values()][random.integer(zoo.servers.size)]?.name as string;
    const connection = network.connect({ host: to, port: ELECTION_PORT }, { data: () => {}, closed: () => {} });
    connection.write(anySpeech(random, idOf(random)));
    if (random.chance(1 / 2)) connection.end();
    await zoo.simulation.runFor(random.integer(100));
  }
}

describe('a caller who talks nonsense', () => {
  test('under ids that nobody has, while a leader is elected and after, changes nothing', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const zoo = new SimulatedElection({ ...makePlan(seed, { faults: 0 }), network: 'ordinary' });
      await beHostile(zoo, 60, (random) => {
        const id = anyLong(random);
        return id >= 1n && id <= 9n ? id + 100n : id;
      });
      await zoo.runUntilSettled(20_000);
      const { leader } = zoo;
      await beHostile(zoo, 30, () => 1000n);
      expect([zoo.isSettled(), zoo.leader]).toEqual([true, leader]);
    }
  });

  test('under the ids of servers can keep them from agreeing, and no longer than it goes on', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const zoo = new SimulatedElection(
        { ...makePlan(seed, { faults: 0 }), network: 'ordinary' },
        { isChecked: false },
      );
      await beHostile(zoo, 60, (random) => BigInt(1 + random.integer(zoo.servers.size)));
      await zoo.runUntilSettled(60_000);
    }
  });
});
