/** A create is refused because of a node that nobody can see yet. */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';

const SYNC_MS = 40;
const LATER_MS = 10;

export const notThereYet: Scenario = {
  title: 'Refused because of a node that is not there yet',
  about:
    'A sync of the disk takes 40 ms. w1 creates /payout/leader. 10 ms later, while that is on its way to the disk, w2 creates the same node, and w3 asks whether it is there.',
  clients: ['w1', 'w2', 'w3'],
  choices: { power: ['stays', 'fails'] },
  shows: { disk: true },
  async play({ zoo, choice, connect, wait, say }) {
    await zoo.start();
    const [w1, w2, w3] = await Promise.all(['w1', 'w2', 'w3'].map(connect));
    if (w1 === undefined || w2 === undefined || w3 === undefined) throw new Error('there are three workers');
    await w1.create('/payout');
    zoo.machine.disk.faults.syncMs = [SYNC_MS, SYNC_MS];
    const create = (client: typeof w1, name: string): Promise<string> =>
      client.create('/payout/leader', name, { mode: CreateMode.ephemeral }).then(
        () => 'created',
        (error: unknown) => (error instanceof KeeperException ? errorCodeName(error.code) : String(error)),
      );
    const first = create(w1, 'w1');
    // Who does not wait for its answers is not waited for with the whole server, either.
    w1.sync('/payout').catch(() => {});
    await wait(LATER_MS);
    const second = create(w2, 'w2');
    const seen = await w3.exists('/payout/leader');
    say('w3', seen === null ? 'sees no leader' : 'sees a leader');
    if (choice('power') === 'fails') {
      zoo.crash();
      await zoo.restart();
    }
    const answers = [await first, await second];
    say('w1', answers[0] ?? '');
    say('w2', answers[1] ?? '');
    const after = await w3.exists('/payout/leader');
    return `w1: ${answers[0]}, w2: ${answers[1]}, w3 saw ${seen === null ? 'none' : 'one'}, then ${after === null ? 'none' : 'one'}`;
  },
};
