/**
 * `npm run lab -- autograder 11`: what a course needs to have a lab graded elsewhere.
 *
 *     autograder/gradescope-lab-11.zip                      to be uploaded to Gradescope as it is
 *     autograder/github/.github/workflows/lab-11.yml        to be put into the template of a GitHub Classroom assignment
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { allLabs, type Lab, makeFolder, ownWorkspace } from '../project.node.js';
import { readSeeds } from '../seeds.node.js';

export interface AutograderFlags {
  readonly out: string;
  readonly seeds?: string;
}

export async function autograder(lab: Lab, flags: AutograderFlags): Promise<void> {
  const from = process.env.INIT_CWD ?? process.cwd();
  const seeds = flags.seeds === undefined ? null : readSeeds(resolve(from, flags.seeds));
  const out = resolve(from, flags.out);
  const zip = join(out, `gradescope-lab-${lab.number}.zip`);
  const workflow = join(out, 'github', '.github', 'workflows', `lab-${lab.number}.yml`);
  makeFolder(join(workflow, '..'));
  writeFileSync(zip, zipSync(gradescopeFiles(await allLabs(), lab, seeds)));
  writeFileSync(workflow, workflowText(lab));
  console.log(`\n${zip}\n  Gradescope: upload it as the autograder, with the base image Ubuntu 22.04 or later.`);
  console.log(
    `\n${workflow}\n  GitHub Classroom: put it into the template repository, which has to be a copy of this project.`,
  );
  if (seeds !== null)
    console.log(`\nThe simulated runs take your ${seeds.length} seeds; they are in the zip, not in the workflow.`);
}

// --------------------------------------------------------------------------------------------- Gradescope

const EXECUTABLE = 0o755;
const PROJECT_FILES = ['package.json', 'package-lock.json', 'tsconfig.json'];
const PROJECT_FOLDERS = ['chapters', 'labs'];
const PROJECT = 'zoowalk';

/** The seeds are beside the project, and not in it: no submission is ever run in that folder. */
function gradescopeFiles(labs: readonly Lab[], lab: Lab, seeds: readonly number[] | null): Zippable {
  const files: Zippable = {};
  const add = (name: string, text: Uint8Array, mode = 0o644): void => {
    files[name] = [text, { os: 3, attrs: (0o100000 | mode) * 0x10000 }];
  };
  add('setup.sh', strToU8(setupScript()), EXECUTABLE);
  add('run_autograder', strToU8(runScript(lab, seeds !== null)), EXECUTABLE);
  if (seeds !== null) add('seeds.txt', strToU8(`${seeds.join('\n')}\n`));
  for (const name of PROJECT_FILES) add(`${PROJECT}/${name}`, readFileSync(ownWorkspace.path(name)));
  const own = new Set(labs.map((each) => ownWorkspace.learnerFile(each)));
  for (const folder of PROJECT_FOLDERS) {
    for (const entry of readdirSync(ownWorkspace.path(folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(ownWorkspace.root.length + 1).replaceAll('\\', '/');
      if (entry.isFile() && !own.has(path) && isNeeded(name)) add(`${PROJECT}/${name}`, readFileSync(path));
    }
  }
  return files;
}

/** Programs without their tests; of a lab's folder only what belongs to the lab. */
function isNeeded(name: string): boolean {
  if (!name.endsWith('.ts')) return false;
  const inLab = /^labs\/\d\d-[\w-]+\/(.+)$/.exec(name)?.[1];
  if (inLab !== undefined) return /^(?:lab\.ts|grade[\w.-]*\.ts|starter\/.+)$/.test(inLab);
  return !name.endsWith('.test.ts');
}

const NODE_MAJOR = 22;

const setupScript = (): string => `#!/usr/bin/env bash
# Gradescope runs this once, when the image is built.
set -euo pipefail
if ! node --eval 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2> /dev/null; then
  apt-get update
  apt-get install -y npm
  npm install --global n
  n ${NODE_MAJOR}
  hash -r
fi
cd "\${AUTOGRADER:-/autograder}/source/${PROJECT}"
npm ci --ignore-scripts --no-audit --no-fund
`;

const runScript = (lab: Lab, hasSeeds: boolean): string => `#!/usr/bin/env bash
# Gradescope runs this for each submission. The student hands in ${lab.manifest.file}.
set -euo pipefail
root="\${AUTOGRADER:-/autograder}"
mkdir -p "$root/results"
cd "$root/source/${PROJECT}"
npm run --silent lab -- gradescope ${Number(lab.number)} "$root/submission" "$root/results/results.json"${hasSeeds ? ' --seeds "$root/source/seeds.txt"' : ''}
`;

// ----------------------------------------------------------------------------------------- GitHub Classroom

const workflowText = ({
  number,
  folder,
  manifest,
}: Lab): string => `# Grades lab ${number} at each push. The student's file is labs/${folder}/${manifest.file}:
# .gitignore leaves it out, so students add it once with: git add --force labs/${folder}/${manifest.file}
name: Lab ${number}
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: ${NODE_MAJOR}
          cache: npm
      - run: npm ci --ignore-scripts --no-audit --no-fund
      - run: npm run --silent lab ${Number(number)} -- --all
`;
