import { describe, expect, test } from 'vitest';
import type { Action } from '#07-standalone-startup/scenarios/doings.js';
import { scenarios } from '#07-standalone-startup/scenarios/index.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';
import { type RunEntry, ScenarioRun } from '#07-standalone-startup/scenarios/scenario-run.js';
import type { Doing } from '#07-standalone-startup/scenarios/stepped-run.js';

function scenario(name: string): Scenario {
  const found = scenarios[name];
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

async function outcomes(name: string, choices: Readonly<Record<string, string>> = {}): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 30; seed++) {
    const outcome = (await ScenarioRun.of(scenario(name), { seed, choices })).outcome ?? '';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

const textOf = (entries: readonly RunEntry[]): string => entries.map(({ text }) => text).join('\n');

describe.each(Object.keys(scenarios))('%s', (name) => {
  test('comes to its end, and is the same again', async () => {
    const first = await ScenarioRun.of(scenario(name), { seed: 7 });
    expect(first.outcome).not.toBeNull();
    const second = await ScenarioRun.of(scenario(name), { seed: 7 });
    expect(second.text()).toBe(first.text());
    expect(second.frames).toEqual(first.frames);
    expect((await ScenarioRun.of(scenario(name), { seed: 8 })).text()).not.toBe(first.text());
  });

  test('each frame has something new, in the order of time', async () => {
    const { frames, entries } = await ScenarioRun.of(scenario(name), { seed: 7 });
    expect(frames.at(-1)?.entryCount).toBe(entries.length);
    frames.reduce((before, frame) => {
      expect(frame.atMs).toBeGreaterThanOrEqual(before.atMs);
      expect(frame.entryCount).toBeGreaterThanOrEqual(before.entryCount);
      return frame;
    });
  });
});

describe('what the plays show', () => {
  test('one worker leads, and it is not always the same one', async () => {
    expect([...(await outcomes('three-workers')).keys()].sort()).toEqual(['w1 leads', 'w2 leads', 'w3 leads']);
  });

  test('an acknowledged write is lost only without a sync', async () => {
    expect((await outcomes('crash-loses-unsynced-write', { forceSync: 'no' })).size).toBe(2);
    expect([...(await outcomes('crash-loses-unsynced-write', { forceSync: 'yes' })).keys()]).toEqual([
      '/payout/config is there',
    ]);
  });

  test('a write that was not acknowledged may be there or not', async () => {
    expect([...(await outcomes('write-overtaken-by-power-cut')).keys()].sort()).toEqual([
      'w1: ConnectionLoss; w3 reads batch=100',
      'w1: ConnectionLoss; w3 reads batch=200',
    ]);
  });

  test('two updates are lost only where any version will do', async () => {
    expect([...(await outcomes('two-updates', { version: 'as read' })).keys()]).toEqual(['/payout/done is 30']);
    const any = await outcomes('two-updates', { version: 'any' });
    expect(any.get('/payout/done is 10')).toBeGreaterThan(10);
    expect(any.get('/payout/done is 20')).toBeGreaterThan(10);
  });

  test('who watches and reads again may miss changes, and never the last one', async () => {
    const oneShot = [...(await outcomes('watch-and-read-again')).keys()];
    expect(oneShot.every((outcome) => /^[2-4] events; w2 read 0, .*\b500$/.test(outcome))).toBe(true);
    const persistent = [...(await outcomes('watch-and-read-again', { watch: 'persistent' })).keys()];
    expect(persistent.every((outcome) => /^5 events; w2 read 0, .*\b500$/.test(outcome))).toBe(true);
  });

  test('a session outlives a connection that is gone for less than the time-out, and no other', async () => {
    const outcomesOf = async (cut: string): Promise<string[]> => [
      ...(await outcomes('session-outlives-connection', { 'cut for': cut })).keys(),
    ];
    for (const cut of ['2 s', '5 s']) {
      expect(await outcomesOf(cut)).toEqual(['w1: SyncConnected; /payout/leader is there']);
    }
    expect(await outcomesOf('9 s')).toEqual(['w1: Expired; /payout/leader is gone']);
  });

  test('a session expires with its bucket, and the log names the path that goes with it', async () => {
    const run = await ScenarioRun.of(scenario('session-expires-takes-ephemerals'), { seed: 11 });
    const event = run.entries.find(({ text }) => text === 'event NodeDeleted /payout/leader');
    expect(event?.atMs).toBeGreaterThan(16_000);
    expect(event?.atMs).toBeLessThan(16_010);
    const log = run.frames.at(-1)?.files.flatMap(({ lines }) => lines);
    expect(log?.some((line) => /closeSession .*\/payout\/leader/.test(line))).toBe(true);
    expect(textOf(run.entries)).toContain('hears: Expired');
  });

  test('chunks are other than packets, and hold the same', async () => {
    const run = await ScenarioRun.of(scenario('frames-cut-by-the-network'), { seed: 7 });
    const whole = run.chunks.flatMap(({ packets }) => packets);
    const sent = run.entries.filter(({ kind }) => kind === 'packet').map(({ text }) => text);
    expect([...whole].sort()).toEqual([...sent].sort());
    expect(run.chunks.some(({ heldBytes }) => heldBytes > 0)).toBe(true);
    expect(run.chunks.length).not.toBe(whole.length);
  });
});

describe('what a reader does', () => {
  const play = scenario('free-play');

  /** One thing after the other, each at the end of the run so far. */
  async function doOneByOne(...actions: Action[]): Promise<ScenarioRun> {
    let run = await ScenarioRun.of(play, { seed: 1 });
    const doings: Doing<Action>[] = [];
    for (const action of actions) {
      doings.push({ afterFrame: run.frames.length - 1, action });
      run = await ScenarioRun.of(play, { seed: 1, doings });
    }
    return run;
  }

  const nodesOf = (run: ScenarioRun) => run.frames.at(-1)?.nodes.map(({ path }) => path) ?? [];

  test('what was before stays as it was', async () => {
    const before = await ScenarioRun.of(play, { seed: 1 });
    const after = await doOneByOne({ kind: 'operation', client: 'w2', line: 'create /payout/config batch=100' });
    expect(after.text().startsWith(before.text())).toBe(true);
    expect(after.frames.slice(0, before.frames.length)).toEqual(before.frames);
    expect(nodesOf(after)).toContain('/payout/config');
    expect(textOf(after.entries)).toContain('created /payout/config');
  });

  test('a crash, a restart, and what was acknowledged is there', async () => {
    const run = await doOneByOne(
      { kind: 'operation', client: 'w1', line: 'create /payout/config "two words"' },
      { kind: 'crash' },
      { kind: 'restart' },
    );
    expect(run.frames.some(({ isServing, entryCount }) => !isServing && entryCount > 14)).toBe(true);
    expect(nodesOf(run)).toContain('/payout/config');
  });

  test('a killed client keeps its node for the time-out, and no longer', async () => {
    const crashed = await doOneByOne(
      { kind: 'operation', client: 'w3', line: 'create -e /payout/leader w3' },
      { kind: 'operation', client: 'w1', line: 'exists -w /payout/leader' },
      { kind: 'partition', client: 'w3' },
      { kind: 'crash-client', client: 'w3' },
    );
    expect(nodesOf(crashed)).toContain('/payout/leader');
    const later = await doOneByOne(
      { kind: 'operation', client: 'w3', line: 'create -e /payout/leader w3' },
      { kind: 'operation', client: 'w1', line: 'exists -w /payout/leader' },
      { kind: 'partition', client: 'w3' },
      { kind: 'crash-client', client: 'w3' },
      { kind: 'wait', durationMs: 15_000 },
      { kind: 'start-client', client: 'w3' },
    );
    expect(nodesOf(later)).not.toContain('/payout/leader');
    expect(textOf(later.entries)).toContain('heard NodeDeleted /payout/leader');
  });

  test('a broken connection: what was under way is lost with some redraws, and the client knows nothing', async () => {
    const start = await ScenarioRun.of(play, { seed: 1 });
    const set: Doing<Action> = {
      afterFrame: start.frames.length - 1,
      action: { kind: 'operation', client: 'w1', line: 'set /payout x' },
    };
    const sent = await ScenarioRun.of(play, { seed: 1, doings: [set] });
    const index = sent.entries.findIndex(({ text }) => text.startsWith('setData'));
    const sentAt = sent.frames.findIndex(({ entryCount }) => entryCount > index);
    const fates = new Set<string>();
    for (let redraws = 0; redraws < 8; redraws++) {
      const cut: Doing<Action> = { afterFrame: sentAt, action: { kind: 'break', client: 'w1', redraws } };
      const run = await ScenarioRun.of(play, { seed: 1, doings: [set, cut] });
      const message = run.entries[index];
      const arrived = message?.kind === 'packet' && message.arrivedMs !== null;
      const version = run.frames.at(-1)?.nodes.find(({ path }) => path === '/payout')?.stat.version;
      fates.add(`${arrived ? 'arrived' : 'lost'}, version ${version}`);
      expect(textOf(run.entries)).toContain('ConnectionLoss');
    }
    expect([...fates].sort()).toEqual(['arrived, version 1', 'lost, version 0']);
  });

  test.each([
    ['get -w /payout', '/payout holds "", version 0'],
    ['set /payout "a b" 0', '/payout has version 1'],
    ['set /payout x 5', 'BadVersion for /payout'],
    ['ls /payout', 'below /payout: nothing'],
    ['create -es /payout/n-', 'created /payout/n-0000000000'],
    ['create -s /payout/n-', 'created /payout/n-0000000000'],
    ['delete /nothing', 'NoNode for /nothing'],
    ['exists /nothing', 'there is no /nothing'],
    ['close', 'the session is closed'],
  ])('%s', async (line, said) => {
    const run = await doOneByOne({ kind: 'operation', client: 'w1', line });
    expect(run.entries.filter(({ kind }) => kind === 'program').map(({ text }) => text)).toContain(said);
  });

  test.each([
    ['crate /x', /^There is no "crate"\. Type one of: create /],
    ['create', 'It is: create [-e] [-s] PATH [DATA]'],
    ['get -x /payout', 'It is: get [-w] PATH'],
    ['get payout', 'A path begins with /: get [-w] PATH'],
    ['set /payout x y', 'A version is a number, not "y"'],
  ])('%s is refused in words', async (line, said) => {
    const run = await doOneByOne({ kind: 'operation', client: 'w1', line });
    const told = run.entries.filter(({ kind }) => kind === 'program').map(({ text }) => text);
    expect(told).toEqual([expect.stringMatching(said)].map((one) => (said instanceof RegExp ? one : said)));
  });
});
