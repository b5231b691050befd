/**
 * `npm run diff`: random sequences on Apache's server and on ours, until the time is over or something differs. What
 * differs is made as short as it gets, and printed.
 */
import { Command, InvalidArgumentError } from 'commander';
import { startServer } from '#07-standalone-startup/start-server.node.js';
import { startApacheServer } from '#testing/apache-server.node.js';
import { generateSequence, type SequenceShape } from '#testing/differential/generate.js';
import { differentialReport } from '#testing/differential/report.js';
import { DifferentialRunner, differentialConfig, differentialProperties } from '#testing/differential/run.node.js';
import { explainFailure } from '#testing/differential/transcript.js';
import { apacheVersion } from '#testing/peers.node.js';

interface Options extends SequenceShape {
  readonly seed: number;
  readonly sequences: number;
}

const program = new Command('npm run diff --')
  .description("Sends the same random requests to Apache's server and to ours, and compares all that comes back.")
  .option('--seed <number>', 'of the first sequence; each further one has the next', count, Date.now() % 1_000_000)
  .option('--sequences <number>', 'how many', count, 100)
  .option('--steps <number>', 'of each sequence', count, 200)
  .option('--sessions <number>', 'of each sequence', count, 3)
  .option('--expirations <number>', 'how many steps of each sequence wait for the end of a session', count, 0)
  .action(async (options: Options) => {
    process.exitCode = await runAll(options);
  });
await program.parseAsync();

/** @throws {InvalidArgumentError} no whole number */
function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

async function runAll({ seed, sequences, ...shape }: Options): Promise<number> {
  const properties = differentialProperties;
  await using apache = await startApacheServer({ config: differentialConfig, properties });
  await using zoowalk = await startServer({ config: { ...differentialConfig, ...properties }, quiet: true });
  const version = apacheVersion() ?? '3.8.0';
  await using runner = await DifferentialRunner.start({ port: apache.port, version }, zoowalk);
  for (let i = 0; i < sequences; i++) {
    const sequence = generateSequence(seed + i, shape);
    const failure = await runner.run(sequence);
    if (failure === null) continue;
    console.log(
      `With seed ${seed + i} they differ at step ${failure.stepIndex + 1} of ${sequence.length}. Making it shorter …`,
    );
    console.log(await explainFailure(runner, sequence, failure));
    return 1;
  }
  console.log(`Seeds ${seed} to ${seed + sequences - 1}: no difference.\n${differentialReport(runner)}`);
  return 0;
}
