/**
 * `npm run labs:verify`: proves that every lab is in order, in a copy of the project.
 *
 *     npm run labs:verify -- 11              only that lab
 *     npm run labs:verify -- --no-cache      everything anew
 *     npm run labs:verify -- --no-mutants    without the mutants, which take longest
 */
import { Command, CommanderError } from 'commander';
import { GapError } from './gaps.js';
import { verifyMutants } from './mutants.node.js';
import { allLabs, copyWorkspace, type Lab, LabError, labNamed } from './project.node.js';
import { type Verdict, verifyLab } from './verify.node.js';
import { VerifyCache } from './verify-cache.node.js';

const program = new Command('npm run labs:verify --')
  .description('Proves that every lab is in order: starters, answers, wrong answers, mutants.')
  .argument('[labs...]', 'only these')
  .option('--no-cache', 'find everything out anew')
  .option('--no-mutants', 'without the mutants, which take longest')
  .exitOverride();

try {
  await program.parseAsync();
  const { cache, mutants } = program.opts<{ cache: boolean; mutants: boolean }>();
  const labs = await allLabs();
  const chosen = program.args.length === 0 ? labs : program.args.map((name) => labNamed(labs, name));
  process.exitCode = (await verify(labs, chosen, cache, mutants)) ? 0 : 1;
} catch (error) {
  if (error instanceof LabError || error instanceof GapError) console.error(error.message);
  else if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
process.exit();

async function verify(
  labs: readonly Lab[],
  chosen: readonly Lab[],
  usesCache: boolean,
  withMutants: boolean,
): Promise<boolean> {
  using workspace = copyWorkspace(labs);
  const cache = new VerifyCache(usesCache);
  const all: Verdict[] = [];
  const say = (verdict: Verdict): void => {
    all.push(verdict);
    console.log(lineOf(verdict));
  };
  for (const lab of chosen) {
    console.log(`\nLab ${lab.number}  ${lab.manifest.title}`);
    await verifyLab(workspace, lab, cache, say);
    if (withMutants) say(await verifyMutants(workspace, lab, cache));
    cache.save();
  }
  const bad = all.filter(({ complaint }) => complaint !== null).length;
  const known = all.filter(({ isFromCache }) => isFromCache).length;
  console.log(`\n${all.length - bad} passed, ${bad} failed${known > 0 ? ` (${known} were known already)` : ''}`);
  return bad === 0;
}

function lineOf({ name, complaint, isFromCache, seconds }: Verdict): string {
  const time = isFromCache ? 'known' : seconds === 0 ? '' : `${seconds.toFixed(1)} s`;
  const line = `  ${complaint === null ? 'ok  ' : 'FAIL'}  ${name.padEnd(60)} ${time}`.trimEnd();
  return complaint === null ? line : `${line}\n        ${complaint}`;
}
