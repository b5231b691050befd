/**
 * The same random requests go to Apache's server and to ours, and all that comes back is compared: replies, stats,
 * events and their order, and the tree that is left. `npm run diff` does the same for as long as one likes, with seeds of
 * its own; what is compared, and what is not, stands in `chapters/testing/differential/`.
 */
import { expect, test } from 'vitest';
import { startServer } from '#07-standalone-startup/start-server.node.js';
import { startApacheServer } from '#testing/apache-server.node.js';
import { generateSequence } from '#testing/differential/generate.js';
import { knownDifferences } from '#testing/differential/known-differences.js';
import { differentialReport } from '#testing/differential/report.js';
import { DifferentialRunner, differentialConfig, differentialProperties } from '#testing/differential/run.node.js';
import { explainFailure } from '#testing/differential/transcript.js';
import { apacheVersion, peers } from '#testing/peers.node.js';
import { describeWithPeers } from '#testing/servers.js';

const SEQUENCES = 60;
const STEPS = 150;
/** Each takes some tenths of a second. */
const WITH_EXPIRATIONS = 6;

describeWithPeers([peers.apacheServer], 'random requests', () => {
  test(`${SEQUENCES} sequences of ${STEPS} steps show the same on both servers`, async (context) => {
    const properties = differentialProperties;
    await using apache = await startApacheServer({ config: differentialConfig, properties });
    await using zoowalk = await startServer({ config: { ...differentialConfig, ...properties }, quiet: true });
    const version = apacheVersion() ?? '3.8.0';
    await using runner = await DifferentialRunner.start({ port: apache.port, version }, zoowalk);
    for (let seed = 0; seed < SEQUENCES; seed++) {
      const expirations = seed < WITH_EXPIRATIONS ? 1 : 0;
      const sequence = generateSequence(seed, { steps: STEPS, sessions: 3, expirations });
      const failure = await runner.run(sequence);
      if (failure) expect.fail(`With seed ${seed}:\n${await explainFailure(runner, sequence, failure)}`);
    }
    context.annotate(differentialReport(runner));
    for (const [about, { succeeded, failed }] of runner.answers) {
      if (about !== 'other numbers and bytes') expect(succeeded, about).toBeGreaterThan(0);
      if (mayFail(about)) expect(failed, about).toBeGreaterThan(0);
    }
    // A difference that is not there any more has to be taken out.
    for (const { row } of knownDifferences) expect(runner.explained.get(row) ?? 0, row).toBeGreaterThan(0);
  });
});

const CANNOT_FAIL = new Set(['ping', 'closeSession', 'getEphemerals', 'setWatches', 'setWatches2', 'sync', 'whoAmI']);

const mayFail = (about: string): boolean => !CANNOT_FAIL.has(about);
