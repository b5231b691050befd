/** The command, run from its sources. How it is packed is in packaging.test.ts. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findZkCli } from '#07-standalone-startup/zk-cli.node.js';
import { GUARD_MS, type RunResult, runProgram, spawnTied } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';

const tsx = pathToFileURL(fileURLToPath(import.meta.resolve('tsx'))).href;
const command = fileURLToPath(new URL('../zoowalk.node.ts', import.meta.url));
const args = ['--import', tsx, command];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoowalk-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const zoowalk = (...own: string[]): Promise<RunResult> =>
  runProgram(process.execPath, [...args, ...own], { cwd: folder });

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it has printed before it served clients. */
  readonly greeting: string;
  readonly exitCode: Promise<number | null>;
}

/** Starts `zoowalk server`, and waits until it says that it serves clients. */
function startZoowalk(...own: string[]): Promise<Started> {
  const child = spawnTied(process.execPath, [...args, 'server', ...own], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let printed = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (text) => {
      printed += text;
    });
    child.stdout?.on('data', (text) => {
      printed += text;
      const port = /-server localhost:(\d+)|-server 127\.0\.0\.1:(\d+)/.exec(printed);
      if (port) resolve({ child, port: Number(port[1] ?? port[2]), greeting: printed, exitCode });
    });
    void exitCode.then((code) => reject(new Error(`it ended with ${code}:\n${printed}`)));
  });
}

describe('zoowalk server', { timeout: GUARD_MS }, () => {
  test('without anything: keeps its data in ./zoowalk-data, says so, and stops when told to', async () => {
    const { child, port, greeting, exitCode } = await startZoowalk(
      '-DclientPort=0',
      '-D',
      '4lw.commands.whitelist=ruok',
    );
    expect(greeting).toContain(`Data: ${join(folder, 'zoowalk-data')}\n`);
    expect(greeting).toContain(`Try:  ${findZkCli() ?? 'zkCli.sh'} -server localhost:${port}\n`);
    expect(greeting.split('\n').filter((line) => line.length > 80 && !line.startsWith('Data:'))).toEqual([]);
    expect(await fourLetterWord(port, 'ruok')).toBe('imok');
    expect(readFileSync(join(folder, 'zoowalk-data/.gitignore'), 'utf8')).toBe('*\n');
    child.kill('SIGTERM');
    expect(await exitCode).toBe(0);
  });

  test('with a zoo.cfg, which is read as ISO 8859-1', async () => {
    const file = join(folder, 'zoo.cfg');
    writeFileSync(
      file,
      `dataDir=${join(folder, 'd\\u00e4t\xe4')}\nclientPort=0\nclientPortAddress=127.0.0.1\n`,
      'latin1',
    );
    const { child, greeting, exitCode } = await startZoowalk(file);
    expect(greeting).toContain('Serving ZooKeeper clients on 127.0.0.1:');
    expect(existsSync(join(folder, 'dätä'))).toBe(true);
    expect(existsSync(join(folder, 'zoowalk-data'))).toBe(false);
    child.kill('SIGINT');
    expect(await exitCode).toBe(0);
  });

  test('takes two signals at once for one, as npm sends them', async () => {
    const { child, exitCode } = await startZoowalk('-DclientPort=0');
    // Two of the same kind might reach the process as one.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await exitCode).toBe(0);
  });

  test('says what it ignores', async () => {
    writeFileSync(join(folder, 'zoo.cfg'), 'dataDir=data\nclientPort=0\nticktime=5\n');
    const { child, greeting, exitCode } = await startZoowalk('zoo.cfg');
    expect(greeting).toMatch(
      /WARN {2}zoo\.cfg, line 3: ticktime has no effect: this server has nothing that it sets\n/,
    );
    child.kill('SIGTERM');
    await exitCode;
  });

  test('--list-keys prints what can be set', async () => {
    const { exitCode, stdout } = await zoowalk('server', '--list-keys');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\ntickTime=3000\n');
  });
});

describe('what goes wrong is one line, and an exit code', { timeout: GUARD_MS }, () => {
  test.each<[args: string[], exitCode: number, message: RegExp]>([
    [['server', 'nowhere.cfg'], 2, /^cannot read \S+nowhere\.cfg: no such file or directory \(ENOENT\)\n$/],
    [['server', '-DtickTime=x'], 2, /^-DtickTime is "x", but must be a whole number from 1 to 107374182\n$/],
    [
      ['server', '-D', '=x'],
      2,
      /^error: option '-D <key=value>' argument '=x' is invalid\. It has to be -Dkey=value\.\n$/,
    ],
    [['server', 'a.cfg', 'b.cfg'], 2, /^error: too many arguments for 'server'/],
    [['server', '--port=1'], 2, /^error: unknown option '--port=1'\n$/],
    [['serve'], 2, /^error: unknown command 'serve'\n\(Did you mean server\?\)\n$/],
    [['server', '-DclientPort=0', '-DdataDir=file/data'], 3, /^cannot list \S+\/file: not a directory \(ENOTDIR\)\n$/],
  ])('%j', async (own, exitCode, message) => {
    writeFileSync(join(folder, 'file'), '');
    const result = await zoowalk(...own);
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('a port that is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    try {
      mkdirSync(join(folder, 'data'));
      const result = await zoowalk('server', `-DclientPort=${port}`, '-DclientPortAddress=127.0.0.1', '-DdataDir=data');
      expect(result).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `cannot listen on 127.0.0.1:${port}: the port is in use by another program (EADDRINUSE); choose another one with clientPort\n`,
      });
      await zoowalk('server', `-DclientPort=${port}`, '-DclientPortAddress=127.0.0.1');
      expect(existsSync(join(folder, 'zoowalk-data'))).toBe(false);
    } finally {
      other.close();
    }
  });
});

test('zoowalk --help and --version', { timeout: GUARD_MS }, async () => {
  const help = await zoowalk('--help');
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: zoowalk .*\n {2}server .*run a server\n/s);
  const version = await zoowalk('--version');
  expect(version).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
