/** `npm run lab doctor`: what is not as it should be on this machine, and how to mend it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findZkCli } from '#07-standalone-startup/zk-cli.node.js';
import { hasNewStarter, shownPath } from '../learner-file.node.js';
import { wrap } from '../paint.js';
import { type Lab, ownWorkspace, readText } from '../project.node.js';
import { terminalPaint } from '../terminal.node.js';

interface Finding {
  readonly what: string;
  readonly state: 'good' | 'bad' | 'note';
  /** What was found, and how to mend it. */
  readonly text: string;
}

const LEAST_NODE = [20, 19];

export function doctor(labs: readonly Lab[], flags: { readonly json?: boolean; readonly ascii?: boolean }): void {
  const findings = [
    node(),
    packages(),
    bundle(),
    ...labs.map(importsOf),
    ...labs.flatMap(learnerFile),
    git(labs),
    zkCli(),
  ];
  process.exitCode = findings.some(({ state }) => state === 'bad') ? 1 : 0;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    return;
  }
  const paint = terminalPaint(flags);
  const { signs, terminal } = paint;
  const lines = findings.flatMap(({ what, state, text }) => {
    const sign = { good: paint.good(signs.passed), bad: paint.bad(signs.failed), note: paint.warn(signs.open) }[state];
    return wrap(text, terminal.width - 26).map(
      (line, index) => `  ${index === 0 ? `${sign} ${what.padEnd(20)}` : ' '.repeat(21 + signs.passed.length)} ${line}`,
    );
  });
  process.stdout.write(`\n${lines.join('\n')}\n`);
}

const good = (what: string, text: string): Finding => ({ what, state: 'good', text });
const bad = (what: string, text: string): Finding => ({ what, state: 'bad', text });
const note = (what: string, text: string): Finding => ({ what, state: 'note', text });

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE;
  const isEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return isEnough
    ? good('Node.js', process.versions.node)
    : bad('Node.js', `${process.versions.node} is too old: install ${LEAST_NODE.join('.')} or later`);
}

function packages(): Finding {
  const missing = ['vitest', 'tsx', 'typescript', 'diff', 'node-diff3'].filter(
    (name) => !existsSync(ownWorkspace.path('node_modules', name)),
  );
  return missing.length === 0
    ? good('packages', 'installed')
    : bad('packages', `${missing.join(', ')} missing: npm ci`);
}

function bundle(): Finding {
  return existsSync(ownWorkspace.path('dist', 'zoowalk.js'))
    ? good('dist/', 'built; `serve` needs it')
    : bad('dist/', 'not built, so `serve` does not work: npm run build');
}

/** Without the entry, the reference runs in the place of the learner's file. */
function importsOf(lab: Lab): Finding {
  const { imports } = JSON.parse(readText(ownWorkspace.path('package.json'))) as { imports: Record<string, unknown> };
  const entry = imports[lab.specifier] as Record<string, string> | undefined;
  return entry?.[lab.condition] === `./labs/${lab.folder}/${lab.manifest.file}`
    ? good(`lab ${lab.number}`, `${lab.specifier} leads to your file`)
    : bad(`lab ${lab.number}`, `package.json does not lead from ${lab.specifier} to your file: npm run labs:generate`);
}

function learnerFile(lab: Lab): Finding[] {
  const path = ownWorkspace.learnerFile(lab);
  if (!existsSync(path)) return [];
  const name = shownPath(ownWorkspace, path);
  if (hasNewStarter(ownWorkspace, lab)) {
    return [note('your file', `${name}: the starter has changed since; npm run lab ${Number(lab.number)} update`)];
  }
  return readText(path).includes('<<<<<<<')
    ? [bad('your file', `${name} has places between <<<<<<< and >>>>>>> that you have to decide`)]
    : [good('your file', name)];
}

/** Nobody wants to commit a solution, or to lose it with a `git clean`. */
function git(labs: readonly Lab[]): Finding {
  const paths = labs.map((lab) => shownPath(ownWorkspace, ownWorkspace.learnerFile(lab)));
  try {
    const ignored = execFileSync('git', ['check-ignore', ...paths], { cwd: ownWorkspace.root, encoding: 'utf8' });
    const seen = paths.filter((path) => !ignored.split('\n').includes(path));
    return seen.length === 0
      ? good('git', 'does not see your files; `git clean -x` would remove them')
      : bad('git', `${seen.join(', ')} would be committed: .gitignore is not that of the project`);
  } catch {
    return note('git', 'not a clone, or git is not installed: nothing to see to');
  }
}

function zkCli(): Finding {
  const path = findZkCli();
  return path !== null
    ? good('zkCli.sh', `${path} can talk to \`serve\``)
    : note('zkCli.sh', 'not here; any ZooKeeper client can talk to `serve` (Debian: apt-get install zookeeper)');
}
