/** A server and three workers that wait for the reader. */
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

export const freePlay: Scenario = {
  title: 'Free play',
  about: 'Three workers are connected, and there is a node /payout. What happens next is up to you.',
  clients: ['w1', 'w2', 'w3'],
  shows: { disk: true },
  async play({ zoo, connect }) {
    await zoo.start();
    const [w1] = await Promise.all(['w1', 'w2', 'w3'].map(connect));
    await w1?.create('/payout');
    return 'three workers are connected';
  },
};
