/** The leader dies, and the service finds out by itself. */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

export const leaderCrashes: Scenario = {
  title: 'The leader crashes',
  about:
    'w1 leads, w2 watches. The network of w1 is cut off, then its power. Nobody tells the server; it waits until the session of w1 has expired.',
  clients: ['w1', 'w2'],
  tailMs: 50,
  async play({ zoo, connect, wait, say }) {
    await zoo.start();
    const [w1, w2] = await Promise.all([connect('w1'), connect('w2')]);
    await w1.create('/payout');
    await w1.create('/payout/leader', 'w1', { mode: CreateMode.ephemeral });
    const freed = new Promise<number>((resolve) => {
      void w2.exists('/payout/leader', { watch: () => resolve(zoo.simulation.nowMs) });
    });
    await wait(20);
    // Cut off first, so that no broken connection gives the news away.
    zoo.simulation.network.partition('w1', 'server');
    zoo.simulation.machine('w1').crash();
    const crashedMs = zoo.simulation.nowMs;
    const heardMs = await freed;
    say('w2', 'the leader is gone: my turn');
    await w2.create('/payout/leader', 'w2', { mode: CreateMode.ephemeral });
    return `w2 heard of it ${((heardMs - crashedMs) / 1000).toFixed(1)} s after the crash`;
  },
};
