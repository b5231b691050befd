/** An acknowledged write, and the power fails at once. */
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

export const crashLosesUnsyncedWrite: Scenario = {
  title: 'An acknowledged write, and the power fails',
  about:
    'w1 creates /payout/config and has its reply. The power of the server is cut, it starts again, and w2 asks for the node.',
  clients: ['w1', 'w2'],
  serverLabel: 'zk',
  choices: { forceSync: ['no', 'yes'] },
  config: (choice) => ({ forceSync: choice('forceSync') === 'yes' }),
  shows: { disk: true },
  async play({ zoo, connect, say }) {
    await zoo.start();
    const w1 = await connect('w1');
    await w1.create('/payout');
    await w1.create('/payout/config', 'batch=100');
    say('w1', 'has its reply: /payout/config exists');
    zoo.crash();
    await zoo.restart();
    const w2 = await connect('w2');
    const isThere = (await w2.exists('/payout/config')) !== null;
    say('w2', isThere ? '/payout/config is there' : '/payout/config is gone');
    return isThere ? '/payout/config is there' : '/payout/config is gone';
  },
};
