/** Two workers add to the same number. With the version that they have read, none of it is lost. */
import { ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';
import type { ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { ANY_VERSION } from '#12-request-processors/operations/versions.js';

export const twoUpdates: Scenario = {
  title: 'Two workers add to the same number',
  about:
    'w1 has paid 10 orders, w2 has paid 20. Each reads /payout/done, adds its own, and writes the sum: with the version that it has read, or with -1, which accepts any.',
  clients: ['w1', 'w2'],
  choices: { version: ['as read', 'any'] },
  network: { ...ORDINARY_NETWORK, splitChance: 0, singleByteChance: 0 },
  async play({ zoo, choice, connect, say }) {
    await zoo.start();
    const [w1, w2] = await Promise.all([connect('w1'), connect('w2')]);
    await w1.create('/payout');
    await w1.create('/payout/done', '0');
    const add = async (name: string, client: ZooKeeper, count: number): Promise<void> => {
      for (;;) {
        const { data, stat } = await client.getData('/payout/done');
        const sum = Number(data) + count;
        say(name, `read ${data}, version ${stat.version}: writes ${sum}`);
        try {
          await client.setData('/payout/done', String(sum), choice('version') === 'any' ? ANY_VERSION : stat.version);
          return;
        } catch (error) {
          if (!(error instanceof KeeperException) || error.code !== ErrorCode.BadVersion) throw error;
          say(name, 'was too late, and begins again');
        }
      }
    };
    await Promise.all([add('w1', w1, 10), add('w2', w2, 20)]);
    const { data } = await w1.getData('/payout/done');
    return `/payout/done is ${data}`;
  },
};
