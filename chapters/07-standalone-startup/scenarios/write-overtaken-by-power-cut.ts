/** A write is in the log file and not synced yet, and the power fails. */
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';
import type { SimulatedServer } from '#07-standalone-startup/simulated-server.js';

export const writeOvertakenByPowerCut: Scenario = {
  title: 'A write that is overtaken by a power cut',
  about:
    'w1 sets /payout/config from batch=100 to batch=200. The power fails while the log is being synced. After the restart w3 reads.',
  clients: ['w1', 'w3'],
  shows: { disk: true },
  async play({ zoo, connect, say }) {
    await zoo.start();
    const w1 = await connect('w1');
    await w1.create('/payout');
    await w1.create('/payout/config', 'batch=100');
    // After a read the server does not stop for a sync, but goes on beside it: the power can fail meanwhile.
    await w1.getData('/payout/config');
    const crashed = crashDuringNextSync(zoo);
    const told = w1.setData('/payout/config', 'batch=200').then(
      () => 'ok',
      () => 'ConnectionLoss',
    );
    await crashed;
    await zoo.restart();
    const w3 = await connect('w3');
    const { data } = await w3.getData('/payout/config');
    say('w3', `reads ${data?.toString()}`);
    return `w1: ${await told}; w3 reads ${data?.toString()}`;
  },
};

/** Between the write and the end of its sync, which takes at least twice as long. */
const CRASH_AFTER_WRITE_MS = 0.05;

function crashDuringNextSync(zoo: SimulatedServer): Promise<void> {
  return new Promise((resolve) => {
    const stopListening = zoo.simulation.onEvent((event) => {
      if (event.kind !== 'write') return;
      stopListening();
      zoo.simulation.schedule(CRASH_AFTER_WRITE_MS, () => {
        zoo.crash();
        resolve();
      });
    });
  });
}
