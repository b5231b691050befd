/** What the book is about: three workers, one leader. */

import { ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

export const threeWorkers: Scenario = {
  title: "Who runs tonight's payout?",
  about: 'Three workers try to create /payout/leader at the same time. One succeeds; the others watch the node.',
  clients: ['w1', 'w2', 'w3'],
  network: { ...ORDINARY_NETWORK, splitChance: 0, singleByteChance: 0 },
  async play({ zoo, connect, say }) {
    await zoo.start();
    const workers = ['w1', 'w2', 'w3'];
    const clients = await Promise.all(workers.map(connect));
    await clients[0]?.create('/payout');
    const leaders = await Promise.all(
      clients.map(async (client, index) => {
        const worker = workers[index] ?? '';
        try {
          await client.create('/payout/leader', worker, { mode: CreateMode.ephemeral });
          say(worker, 'leads');
          return [worker];
        } catch {
          await client.exists('/payout/leader', { watch: () => say(worker, 'hears that the leader has changed') });
          say(worker, 'waits');
          return [];
        }
      }),
    );
    return `${leaders.flat().join(' and ')} leads`;
  },
};
