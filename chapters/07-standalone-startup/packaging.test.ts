/**
 * What `npm publish` would ship, as somebody gets it who installs it: packed, installed into an empty project without a
 * network, run as a command, and used from TypeScript under the strictest settings.
 *
 * It is built and packed in a folder of its own, so that the dist/ of the checkout stays as it is.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunResult, runProgram, spawnTied } from '#testing/child-process.node.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const tsx = pathToFileURL(fileURLToPath(import.meta.resolve('tsx'))).href;
const scratch = mkdtempSync(join(tmpdir(), 'zoowalk-packaging-'));
const stage = join(scratch, 'stage');
const consumer = join(scratch, 'consumer');
const installed = join(consumer, 'node_modules/zoowalk');

/** What is in the tarball, as npm says. */
let packed: readonly string[];

/** @throws {Error} (as a rejection) when it fails, with what it printed */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const result: RunResult = await runProgram(command, args, { cwd });
  if (result.exitCode !== 0) throw new Error(`${command} ${args.join(' ')}:\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

beforeAll(async () => {
  mkdirSync(stage);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'NOTICE']) cpSync(join(project, name), join(stage, name));
  await run(process.execPath, ['--import', tsx, 'scripts/build.node.ts', join(stage, 'dist')], project);
  const pack = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], stage);
  const [tarball] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
  packed = tarball.files.map((file) => file.path);

  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(scratch, tarball.filename)], consumer);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('ships the two bundles, their types, and the papers', () => {
  const others = packed.filter((path) => !path.startsWith('dist/types/'));
  expect(others.sort()).toEqual([
    'LICENSE',
    'NOTICE',
    'README.md',
    'dist/index.js',
    'dist/index.js.map',
    'dist/zoowalk.js',
    'dist/zoowalk.js.map',
    'package.json',
  ]);
  const types = packed.filter((path) => path.startsWith('dist/types/'));
  expect(types).toContain('dist/types/index.node.d.ts');
  expect(types.filter((path) => !path.endsWith('.d.ts'))).toEqual([]);
});

test('brings no other package with it', () => {
  expect(readdirSync(join(consumer, 'node_modules')).sort()).toEqual(['.bin', '.package-lock.json', 'zoowalk']);
});

test('the command can be executed by its path, from any folder', async () => {
  const bundle = join(installed, 'dist/zoowalk.js');
  expect(statSync(bundle).mode & 0o111).toBe(0o111);
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string };
  expect(await run(bundle, ['--version'], tmpdir())).toBe(`${version}\n`);
});

test('npx zoowalk server serves, and stops when npx is ended', async () => {
  const child = spawnTied('npx', ['zoowalk', 'server', '-DclientPort=0'], {
    cwd: consumer,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (text) => {
      printed += text;
      const found = /localhost:(\d+)/.exec(printed);
      if (found) resolve(Number(found[1]));
    });
    void exited.then(() => reject(new Error(`it ended:\n${printed}`)));
  });
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  expect(readdirSync(join(consumer, 'zoowalk-data'))).toContain('version-2');
  // The server is a grandchild of npx, which passes the signal on to a shell only.
  child.kill('SIGTERM');
  await Promise.all([exited, closed]);
});

/** As a program of somebody else would have it. */
const PROGRAM = `
import { type ConnectOptions, connect, CreateMode, ErrorCode, KeeperException, type RunningServer, startServer, type ZooKeeper } from 'zoowalk';

await using server: RunningServer = await startServer({ config: { tickTime: '200' }, quiet: true });
const options: ConnectOptions = { sessionTimeoutMs: 2000 };
const client: ZooKeeper = await connect(server.connectString, options);
const path = await client.create('/job-', 'x', { mode: CreateMode.ephemeralSequential });
const { data, stat } = await client.getData(path);
const [created, check] = await client.multi([
  { op: 'create', path: '/a' },
  { op: 'check', path: '/a', version: 0 },
]);
const code: ErrorCode = await client.create('/a').then(
  () => ErrorCode.OK,
  (error: unknown) => (error instanceof KeeperException ? error.code : ErrorCode.SystemError),
);
console.log(path, data?.toString(), stat.version + 0, created.path, check.op, code === ErrorCode.NodeExists);
await client.close();
`;

test('its types satisfy a strict program, and the program runs', async () => {
  writeFileSync(join(consumer, 'program.ts'), PROGRAM);
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    // The declarations of the package are to be checked too.
    skipLibCheck: false,
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    types: ['node'],
    typeRoots: [join(project, 'node_modules/@types')],
  };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: strict, files: ['program.ts'] }));
  await run(join(project, 'node_modules/.bin/tsc'), ['-p', '.'], consumer);
  expect(await run(process.execPath, ['program.js'], consumer)).toBe('/job-0000000000 x 0 /a check true\n');
});

test('in a checkout, the command runs the sources when they are newer, or for a lab', async () => {
  const checkout = join(scratch, 'checkout');
  const bundle = join(checkout, 'dist/zoowalk.js');
  const source = join(checkout, 'chapters/07-standalone-startup/main.node.ts');
  mkdirSync(dirname(source), { recursive: true });
  cpSync(join(stage, 'package.json'), join(checkout, 'package.json'));
  cpSync(join(stage, 'dist/zoowalk.js'), bundle);
  symlinkSync(join(project, 'node_modules'), join(checkout, 'node_modules'));
  writeFileSync(source, "export const main = async (args: string[]) => console.log('sources', ...args);\n");
  const firstWord = async (args: readonly string[], env = {}) => {
    const { stdout, stderr } = await runProgram(process.execPath, [...args, bundle, '--version'], {
      cwd: tmpdir(),
      env,
    });
    return stdout.startsWith('sources --version') ? 'sources' : /^\d/.test(stdout) ? 'bundle' : stderr;
  };

  utimesSync(source, 2000, 2000);
  utimesSync(bundle, 1000, 1000);
  expect(await firstWord([])).toBe('sources');
  utimesSync(bundle, 3000, 3000);
  expect(await firstWord([])).toBe('bundle');
  expect(await firstWord(['--conditions', 'lab-15'])).toBe('sources');
  expect(await firstWord(['--conditions=lab-15'])).toBe('sources');
  expect(await firstWord([], { NODE_OPTIONS: '-C lab-15' })).toBe('sources');
  expect(await firstWord(['--conditions=production'])).toBe('bundle');
});

test('its types hide what is private to the project', () => {
  for (const path of packed.filter((name) => name.endsWith('.d.ts'))) {
    expect(readFileSync(join(installed, path), 'utf8'), path).not.toMatch(/['"]#/);
  }
});
