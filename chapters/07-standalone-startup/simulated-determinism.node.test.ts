/**
 * One seed, one transcript: a run of server and clients with crashes and faults is the same, byte by byte, in this
 * process, in others, and in a browser.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import { type TroubledRunOptions, troubledRun } from '#07-standalone-startup/troubled-run.js';
import { chromiumBinary, peers } from '#testing/peers.node.js';
import { describeWithPeers } from '#testing/servers.js';

const OPTIONS: TroubledRunOptions = {
  seed: 2,
  troubles: [
    'power cut',
    'killed process',
    'failing sync',
    'full disk',
    'frozen server',
    'broken connections',
    'partition',
  ],
  rounds: 12,
  writesEach: 100,
  clients: ['alice', 'bob', 'carol', 'dave'],
  config: { snapCount: 20, preAllocSizeBytes: 4096 },
  network: ROUGH_NETWORK,
};

const ENTRY = `import { troubledRun } from '#07-standalone-startup/troubled-run.js';
globalThis.transcript = troubledRun(${JSON.stringify(OPTIONS)}).then(({ zoo }) => zoo.transcriptText());`;

async function bundle(platform: 'browser' | 'node'): Promise<string> {
  const result = await build({
    stdin: { contents: ENTRY, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    platform,
    format: 'iife',
    ...(platform === 'browser' ? { alias: { 'node:buffer': 'buffer/' } } : {}),
  });
  return result.outputFiles[0]?.text ?? '';
}

async function transcriptOfProcess(environment: Record<string, string>): Promise<string> {
  const program = `${await bundle('node')}\ntranscript.then((text) => process.stdout.write(text));`;
  const options = { maxBuffer: 1 << 26, env: { ...process.env, ...environment } };
  const running = promisify(execFile)(process.execPath, ['-'], options);
  running.child.stdin?.end(program);
  return (await running).stdout;
}

/** As a page of the site has it: nothing of Node, and `Buffer` from a package. */
async function transcriptOfBrowser(): Promise<string> {
  const program = await bundle('browser');
  const browser = await chromium.launch({ executablePath: chromiumBinary, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: program });
    return await page.evaluate<string>('globalThis.transcript');
  } finally {
    await browser.close();
  }
}

let expected: string;

beforeAll(async () => {
  expected = (await troubledRun(OPTIONS)).zoo.transcriptText();
});

/** The lines tell better where two long texts part. */
function expectSame(transcript: string): void {
  expect(transcript.split('\n')).toEqual(expected.split('\n'));
  expect(transcript).toBe(expected);
}

describe('the same seed gives the same transcript', () => {
  test('which has clients, crashes, restarts and faults in it', () => {
    for (const what of ['crash:', 'restart', 'killed', 'disk fault', 'the connection breaks', 'refused', 'freezes'])
      expect(expected).toContain(what);
    for (const name of OPTIONS.clients ?? []) expect(expected).toContain(`server -> ${name}`);
    expect(expected.split('\n').length).toBeGreaterThan(500);
  });

  test('again', async () => {
    expectSame((await troubledRun(OPTIONS)).zoo.transcriptText());
  });

  test('in two other processes, at other places', async () => {
    expectSame(await transcriptOfProcess({ TZ: 'UTC', LC_ALL: 'C' }));
    expectSame(await transcriptOfProcess({ TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8' }));
  });

  test('and another seed another one', async () => {
    expect((await troubledRun({ ...OPTIONS, seed: 3 })).zoo.transcriptText()).not.toBe(expected);
  });
});

describeWithPeers([peers.chromium], 'the same seed gives the same transcript', () => {
  test('in a browser', async () => {
    expectSame(await transcriptOfBrowser());
  });
});
