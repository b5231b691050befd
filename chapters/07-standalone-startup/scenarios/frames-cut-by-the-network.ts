/** The same packets, cut and joined by a network that does all that TCP may do. */

import { ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

const REPETITIONS = 2;

export const framesCutByTheNetwork: Scenario = {
  title: 'Frames, as the network cuts them',
  about:
    'Two workers talk to the server over a network that cuts chunks in two, joins them, and hands over single bytes.',
  clients: ['w1', 'w2'],
  network: ORDINARY_NETWORK,
  shows: { chunks: true },
  async play({ zoo, connect }) {
    await zoo.start();
    const [w1, w2] = await Promise.all([connect('w1'), connect('w2')]);
    await w1.create('/payout');
    await w1.create('/payout/config', 'batch=100');
    await w1.getData('/payout/config', { watch: () => {} });
    await w2.setData('/payout/config', 'batch=200');
    await Promise.all([
      w1.create('/payout/leader', 'w1', { mode: CreateMode.ephemeral }).catch(() => null),
      w2.create('/payout/leader', 'w2', { mode: CreateMode.ephemeral }).catch(() => null),
    ]);
    // Three requests in one write, twice.
    for (let times = 0; times < REPETITIONS; times++) {
      await Promise.all([w1.getData('/payout/config'), w1.exists('/payout/leader'), w1.getChildren('/payout')]);
    }
    await w1.close();
    return 'all replies have arrived';
  },
};
