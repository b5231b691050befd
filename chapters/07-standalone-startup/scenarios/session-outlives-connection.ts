/** A connection breaks for a while. The session is there when its client comes back in time, and over when it does not. */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

const CUT_AT_MS = 10_000;
const AFTERWARDS_MS = 4000;

export const sessionOutlivesConnection: Scenario = {
  title: 'A session outlives its connection',
  about:
    'Time-outs of 6 s, a tick of 2 s. w1 leads. At 10 s its connection breaks, and nothing gets through for a while.',
  clients: ['w1', 'w2'],
  choices: { 'cut for': ['2 s', '5 s', '9 s'] },
  config: () => ({ tickTimeMs: 2000 }),
  sessionTimeoutMs: 6000,
  async play({ zoo, choice, connect, wait, say }) {
    await zoo.start();
    const [w1] = await Promise.all(['w1', 'w2'].map(connect));
    if (w1 === undefined) throw new Error('there are two workers');
    w1.setDefaultWatcher(({ type, state }) => {
      if (type === 'None') say('w1', `hears: ${state}`);
    });
    await w1.create('/payout');
    await w1.create('/payout/leader', 'w1', { mode: CreateMode.ephemeral });
    await wait(CUT_AT_MS - zoo.simulation.nowMs);
    const { network } = zoo.simulation;
    network.breakConnections('w1', 'server');
    network.partition('w1', 'server');
    await wait(Number.parseInt(choice('cut for'), 10) * 1000);
    network.heal('w1', 'server');
    await wait(AFTERWARDS_MS);
    const hasLeader = zoo.server?.tree.get('/payout/leader') !== undefined;
    return `w1: ${w1.state}; /payout/leader is ${hasLeader ? 'there' : 'gone'}`;
  },
};
