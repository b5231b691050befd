/** What pages show of elections, and what a reader can do to them. */
import { describe, expect, test } from 'vitest';
import type { RunOptions } from '#07-standalone-startup/scenarios/stepped-run.js';
import { type ElectionAction, ElectionRun } from '#15-fast-leader-election/scenarios/election-run.js';
import { type ElectionScenario, electionScenarios } from '#15-fast-leader-election/scenarios/election-scenario.js';

function scenario(name: string): ElectionScenario {
  const found = electionScenarios[name];
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

/** Runs five servers, and does something each time when all is settled. */
async function runFive(...actions: readonly ElectionAction[]): Promise<ElectionRun> {
  let options: RunOptions<ElectionAction> = { seed: 15 };
  let run = await ElectionRun.of(scenario('five-peers'), options);
  for (const action of actions) {
    options = { ...options, doings: [...(options.doings ?? []), { afterFrame: run.frames.length - 1, action }] };
    run = await ElectionRun.of(scenario('five-peers'), options);
  }
  return run;
}

const doing = (run: ElectionRun): string[] => run.frames.at(-1)?.servers.map(({ doing }) => doing) ?? [];

describe.each(Object.keys(electionScenarios))('%s', (name) => {
  test('comes to its end, and is the same again', async () => {
    const first = await ElectionRun.of(scenario(name), { seed: 7 });
    expect(first.outcome).toMatch(/^server \d leads$/);
    const second = await ElectionRun.of(scenario(name), { seed: 7 });
    expect(second.text()).toBe(first.text());
    expect(second.frames).toEqual(first.frames);
  });

  test('each frame has something new, in the order of time', async () => {
    const { frames, entries } = await ElectionRun.of(scenario(name), { seed: 7 });
    expect(frames.at(-1)?.entryCount).toBe(entries.length);
    for (const [index, frame] of frames.entries()) {
      expect(frame.atMs).toBeGreaterThanOrEqual(frames[index - 1]?.atMs ?? 0);
      if (index > 0 && index < frames.length - 1) {
        expect(frame.entryCount).toBeGreaterThan(frames[index - 1]?.entryCount ?? 0);
      }
    }
  });
});

describe('five servers', () => {
  test('elect the greatest, whatever speaks for it', async () => {
    const leader = async (choices: Record<string, string>): Promise<string> =>
      (await ElectionRun.of(scenario('five-peers'), { seed: 15, choices })).outcome;
    expect(await leader({})).toBe('server 5 leads');
    expect(await leader({ logs: 'server 1 is ahead' })).toBe('server 1 leads');
    expect(await leader({ logs: 'server 2 has a later epoch' })).toBe('server 2 leads');
    expect(await leader({ start: 'server 5 too late' })).toBe('server 4 leads');
    expect(await leader({ network: 'rough' })).toBe('server 5 leads');
  });

  test('show whom they count', async () => {
    const { frames } = await ElectionRun.of(scenario('five-peers'), { seed: 15 });
    const decided = frames.findIndex(({ servers }) =>
      servers.some(({ state }) => state !== 'looking' && state !== 'down'),
    );
    expect(frames[decided - 1]?.servers[0]).toMatchObject({
      doing: 'votes 5',
      round: 1,
      log: 'epoch 1, zxid 0x100000005',
      counted: expect.arrayContaining([
        [1, 5],
        [5, 5],
      ]),
    });
  });

  test('elect another one when the leader is killed, and take it back as a follower', async () => {
    const run = await runFive({ kind: 'kill', server: 5 });
    expect(doing(run)).toEqual(['follows 4', 'follows 4', 'follows 4', 'leads', 'down']);
    const back = await runFive({ kind: 'kill', server: 5 }, { kind: 'start', server: 5 });
    expect(doing(back)).toEqual(['follows 4', 'follows 4', 'follows 4', 'leads', 'follows 4']);
  });

  test('elect another one when the leader is cut off, which gives up', async () => {
    const run = await runFive({ kind: 'cut off', server: 5 }, { kind: 'wait', durationMs: 10_000 });
    expect(doing(run)).toEqual(['follows 4', 'follows 4', 'follows 4', 'leads', 'votes 5']);
    expect(run.frames.at(-1)?.servers.map(({ isCutOff }) => isCutOff)).toEqual([false, false, false, false, true]);
    const cuts = run.entries.filter(({ kind }) => kind === 'partition');
    expect(cuts.map(({ text }) => text)).toEqual(['cut off from all others']);
    const healed = await runFive(
      { kind: 'cut off', server: 5 },
      { kind: 'wait', durationMs: 10_000 },
      { kind: 'heal', server: 5 },
    );
    expect(doing(healed)).toEqual(['follows 4', 'follows 4', 'follows 4', 'leads', 'follows 4']);
  });

  test('elect nobody without a quorum, and somebody as soon as there is one', async () => {
    const kills = [1, 2, 5].map((server) => ({ kind: 'kill', server }) as const);
    expect(doing(await runFive(...kills))).toEqual(['down', 'down', 'votes 4', 'votes 4', 'down']);
    expect(doing(await runFive(...kills, { kind: 'start', server: 1 }))[3]).toBe('leads');
  });

  test('pass over a leader that votes anew: nobody was looking yet when it said whom it wants', async () => {
    const run = await runFive({ kind: 'vote anew', server: 5 });
    expect(doing(run)).toEqual(['follows 4', 'follows 4', 'follows 4', 'leads', 'follows 4']);
    expect(run.frames.at(-1)?.servers[4]?.round).toBe(2);
  });

  test('come together again when everything is healed', async () => {
    const run = await runFive(
      { kind: 'cut off', server: 1 },
      { kind: 'cut off', server: 2 },
      { kind: 'cut off', server: 3 },
      { kind: 'heal all' },
    );
    expect(run.frames.at(-1)?.servers.every(({ isEstablished }) => isEstablished)).toBe(true);
  });
});
