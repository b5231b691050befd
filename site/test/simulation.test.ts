/** The world in the page: it is the code of the tests, and one can do with it what one likes. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { scenarios } from '../../chapters/07-standalone-startup/scenarios/index.js';
import { ScenarioRun } from '../../chapters/07-standalone-startup/scenarios/scenario-run.js';
import { ElectionRun } from '../../chapters/15-fast-leader-election/scenarios/election-run.js';
import { electionScenarios } from '../../chapters/15-fast-leader-election/scenarios/election-scenario.js';
import { describeSite, NARROW } from './browser.js';

async function panelOn(page: Page, scenario: string): Promise<Locator> {
  await page.locator('[class*="simulation_"]').first().scrollIntoViewIfNeeded();
  const panel = page.locator(`[data-scenario="${scenario}"]`);
  await panel.waitFor();
  return panel;
}

const stepOf = async (panel: Locator): Promise<number> =>
  Number(await panel.getByRole('slider', { name: 'Step' }).inputValue());

describeSite('a simulation in the page', (site) => {
  test('gives the very run that the tests get', async () => {
    const scenario = scenarios['three-workers'];
    if (scenario === undefined) throw new Error('there is no such scenario');
    const run = await ScenarioRun.of(scenario, { seed: 7 });
    await site.visit('/', {}, async (page) => {
      const panel = await panelOn(page, 'three-workers');
      await panel.getByRole('button', { name: 'To the end' }).click();
      expect(await panel.locator('[data-outcome]').textContent()).toBe(run.outcome);
      expect(await panel.locator('[data-transcript]').textContent()).toBe(run.text());
      expect(await stepOf(panel)).toBe(run.frames.length - 1);
    });
  });

  test('plays, pauses, steps and can be scrubbed by keyboard', async () => {
    await site.visit('/', {}, async (page) => {
      const panel = await panelOn(page, 'three-workers');
      const start = await stepOf(panel);
      await panel.getByRole('button', { name: 'Play' }).click();
      await expect.poll(() => stepOf(panel)).toBeGreaterThan(start + 1);
      await panel.getByRole('button', { name: 'Pause' }).click();
      const paused = await stepOf(panel);
      await panel.getByRole('button', { name: 'Step forward' }).click();
      expect(await stepOf(panel)).toBe(paused + 1);
      await panel.getByRole('button', { name: 'Step back' }).click();
      expect(await stepOf(panel)).toBe(paused);
      const slider = panel.getByRole('slider', { name: 'Step' });
      await slider.focus();
      await page.keyboard.press('End');
      await panel.locator('[data-outcome]').waitFor();
      await page.keyboard.press('Home');
      expect(await stepOf(panel)).toBe(0);
    });
  });

  test('another seed is another run', async () => {
    await site.visit('/', {}, async (page) => {
      const panel = await panelOn(page, 'three-workers');
      const before = await panel.locator('[data-transcript]').textContent();
      await panel.getByLabel('Seed').fill('8');
      await expect.poll(() => panel.locator('[data-transcript]').textContent()).not.toBe(before);
    });
  });

  test('a message is lost, and the client does not know whether it arrived', async () => {
    await site.visit('/', {}, async (page) => {
      const panel = await panelOn(page, 'three-workers');
      const what = panel.locator('[aria-live="polite"]').first();
      for (let steps = 0; !(await what.textContent())?.includes('→ server create /payout/leader'); steps++) {
        expect(steps).toBeLessThan(40);
        await panel.getByRole('button', { name: 'Step forward' }).click();
      }
      await panel.getByRole('button', { name: 'Lose this message' }).click();
      await expect.poll(() => panel.locator('[data-transcript]').textContent()).toContain('the connection breaks');
    });
  });

  test('a hundred seeds are counted', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      const panel = await panelOn(page, 'crash-loses-unsynced-write');
      await panel.getByLabel('forceSync').selectOption('yes');
      await panel.getByRole('button', { name: 'Run seeds 0 to 99 with forceSync=yes' }).click();
      await panel.getByText('100 × /payout/config is there').waitFor();
    });
  });

  test('in free play the reader acts, crashes the server and finds what was written', async () => {
    await site.visit('/playground', { viewport: NARROW }, async (page) => {
      const panel = await panelOn(page, 'free-play');
      const line = panel.getByLabel('Operation');
      const tree = panel.locator('section', { has: page.getByRole('heading', { name: 'The tree' }) }).last();
      await line.fill('create -e /payout/leader "it is w1"');
      await page.keyboard.press('Enter');
      await tree.getByText('"it is w1"').waitFor();
      await tree.getByText('ephemeral, of w1').waitFor();

      await panel.getByRole('radio', { name: 'w2' }).check();
      await line.fill('create /payout/leader w2');
      await page.keyboard.press('Enter');
      await expect
        .poll(() => panel.locator('[data-transcript]').textContent())
        .toContain('w2 NodeExists for /payout/leader');

      await panel.locator('fieldset', { hasText: 'server' }).getByRole('button', { name: 'Crash' }).click();
      await tree.getByText('The server is not running.').waitFor();
      await panel.getByRole('button', { name: 'Restart' }).click();
      await tree.getByText('"it is w1"').waitFor();

      await line.fill('crate /x');
      await page.keyboard.press('Enter');
      await panel.getByText('There is no "crate".').waitFor();
      await panel.getByRole('button', { name: 'Undo everything' }).click();
      await expect.poll(() => tree.textContent()).not.toContain('it is w1');
    });
  });
});

describeSite('an election in the page', (site) => {
  const doing = (panel: Locator, server: number) =>
    panel.locator(`[data-server="${server}"] [class*="doing"]`).textContent();
  const server = (panel: Locator, id: number) => panel.locator('fieldset', { hasText: `server ${id}` });

  test('gives the very run that the tests get', async () => {
    const scenario = electionScenarios['five-peers'];
    if (scenario === undefined) throw new Error('there is no such scenario');
    const run = await ElectionRun.of(scenario, { seed: 15 });
    await site.visit('/chapters/15-fast-leader-election', {}, async (page) => {
      const panel = await panelOn(page, 'five-peers');
      await panel.getByRole('button', { name: 'To the end' }).click();
      expect(await panel.locator('[data-outcome]').textContent()).toBe(run.outcome);
      expect(await panel.locator('[data-transcript]').textContent()).toBe(run.text());
    });
  });

  test('the reader kills the leader, cuts off the next one, heals and starts, and they vote', async () => {
    await site.visit('/chapters/15-fast-leader-election', { viewport: NARROW }, async (page) => {
      const panel = await panelOn(page, 'five-peers');
      const toEnd = () => panel.getByRole('button', { name: 'To the end' }).click();
      await toEnd();
      await server(panel, 5).getByRole('button', { name: 'Kill' }).click();
      await server(panel, 5).getByRole('button', { name: 'Start' }).waitFor();
      await toEnd();
      expect(await doing(panel, 4)).toBe('leads, in step');
      await server(panel, 4).getByRole('button', { name: 'Cut off' }).click();
      await server(panel, 4).getByRole('button', { name: 'Heal' }).waitFor();
      await toEnd();
      await panel.getByRole('button', { name: 'Let 10 s pass' }).click();
      await expect.poll(() => panel.locator('[data-transcript]').textContent()).toContain('leads, round 3');
      await toEnd();
      expect(await doing(panel, 3)).toBe('leads, in step');
      expect(await doing(panel, 4)).toContain('cut off');
      await panel.getByRole('button', { name: 'Heal all' }).click();
      await server(panel, 4).getByRole('button', { name: 'Cut off' }).waitFor();
      await toEnd();
      expect(await doing(panel, 4)).toBe('follows 3, in step');
      await panel.getByRole('button', { name: 'Undo everything' }).click();
      await toEnd();
      expect(await doing(panel, 5)).toBe('leads, in step');
    });
  });

  test('another log is another leader', async () => {
    await site.visit('/chapters/15-fast-leader-election', {}, async (page) => {
      const panel = await panelOn(page, 'five-peers');
      await panel.getByLabel('logs').selectOption('server 2 has a later epoch');
      await panel.getByRole('button', { name: 'Run seeds 0 to 99 with logs=server 2 has a later epoch' }).click();
      await panel.getByText('100 × server 2 leads').waitFor();
    });
  });
});

describeSite('a box that asks first', (site) => {
  test('takes an answer by keyboard, and tells', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      const box = page.locator('[data-predict]').first();
      const show = box.getByRole('button', { name: 'Show what happens' });
      expect(await show.isDisabled()).toBe(true);
      expect(await box.getByText('A silent peer').count()).toBe(0);
      await box.getByRole('radio').first().focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await box.locator('[data-verdict]').textContent()).toBe('No: In none of them');
      await box.getByText('A silent peer').waitFor();
    });
  });

  test('believes the right one, and lets one pass', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      const [first, second] = [page.locator('[data-predict]').nth(0), page.locator('[data-predict]').nth(1)];
      await first.getByRole('radio').nth(3).check();
      await first.getByRole('button', { name: 'Show what happens' }).click();
      expect(await first.locator('[data-verdict]').textContent()).toBe('That is what happens.');
      await second.getByRole('button', { name: "I don't know" }).click();
      expect(await second.locator('[data-verdict]').textContent()).toMatch(/^The answer: /);
    });
  });
});
