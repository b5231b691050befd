/** A leader is cut off. Its session expires, and what belonged to the session goes with it. */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

const CUT_AT_MS = 10_000;
const CUT_FOR_MS = 12_000;

export const sessionExpiresTakesEphemerals: Scenario = {
  title: 'A session expires, and takes its ephemeral nodes along',
  about:
    'Time-outs of 6 s, a tick of 2 s. w1 leads, w2 watches. At 10 s the network between w1 and the server is cut, for twelve seconds.',
  clients: ['w1', 'w2', 'w3'],
  config: () => ({ tickTimeMs: 2000 }),
  sessionTimeoutMs: 6000,
  shows: { pings: true },
  async play({ zoo, connect, wait, say }) {
    await zoo.start();
    const [w1, w2] = await Promise.all(['w1', 'w2', 'w3'].map(connect));
    if (w1 === undefined || w2 === undefined) throw new Error('there are three workers');
    w1.setDefaultWatcher(({ type, state }) => {
      if (type === 'None') say('w1', `hears: ${state}`);
    });
    await w1.create('/payout');
    await w1.create('/payout/leader', 'w1', { mode: CreateMode.ephemeral });
    const freed = new Promise<number>((resolve) => {
      void w2.exists('/payout/leader', { watch: () => resolve(zoo.simulation.nowMs) });
    });
    await wait(CUT_AT_MS - zoo.simulation.nowMs);
    zoo.simulation.network.partition('w1', 'server');
    const freedMs = await freed;
    say('w2', 'hears that /payout/leader is gone');
    await wait(CUT_AT_MS + CUT_FOR_MS - zoo.simulation.nowMs);
    zoo.simulation.network.heal('w1', 'server');
    return `w2 heard of it ${((freedMs - CUT_AT_MS) / 1000).toFixed(1)} s after the cut`;
  },
};
