/** A client that watches and reads in turns sees the last change, and not every one before it. */
import { ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

const BATCHES = ['batch=100', 'batch=200', 'batch=300', 'batch=400', 'batch=500'];

export const watchAndReadAgain: Scenario = {
  title: 'Watch, hear, read again',
  about:
    'w1 sets /payout/config five times, 2 ms apart. w2 reads it with a watch, and whenever it hears of a change it reads again; with a one-shot watch it watches again, too.',
  clients: ['w1', 'w2'],
  choices: { watch: ['one-shot', 'persistent'] },
  network: { ...ORDINARY_NETWORK, splitChance: 0, singleByteChance: 0 },
  async play({ zoo, choice, connect, wait, say }) {
    await zoo.start();
    const [w1, w2] = await Promise.all([connect('w1'), connect('w2')]);
    await w1.create('/payout');
    await w1.create('/payout/config', 'batch=0');
    const isOneShot = choice('watch') === 'one-shot';
    let events = 0;
    const read: string[] = [];
    const readAgain = async (): Promise<void> => {
      const { data } = await w2.getData('/payout/config', isOneShot ? { watch: heard } : {});
      read.push(String(data).slice('batch='.length));
      say('w2', `reads ${data}`);
    };
    const heard = (): void => {
      events++;
      void readAgain();
    };
    if (!isOneShot) await w2.addWatch('/payout/config', { watch: heard });
    await readAgain();
    for (const batch of BATCHES) {
      void w1.setData('/payout/config', batch);
      await wait(2);
    }
    await wait(50);
    return `${events} events; w2 read ${read.join(', ')}`;
  },
};
