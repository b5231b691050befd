/** Every kind of page: can it be read by everybody, wide and narrow, by day and by night? */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeSite, NARROW, WIDE } from './browser.js';

const PAGES = [
  '/',
  '/chapters/00-introduction',
  '/chapters/06-network-protocol',
  '/chapters/29-zab',
  '/chapters/06-network-protocol/facts',
  '/labs',
  '/api',
  '/api/06-network-protocol/framing',
  '/playground',
  '/ours-and-apaches',
  '/glossary',
  '/benchmarks',
  '/search?q=session',
];

/** Panels are there when the simulator has started, figures when they are drawn. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const place of document.querySelectorAll('[class*="simulation_"]')) place.scrollIntoView();
  });
  await page.waitForFunction(() => {
    const places = document.querySelectorAll('[class*="simulation_"]').length;
    return document.querySelectorAll('[data-scenario]').length === places;
  });
  await page.evaluate(() => window.scrollTo(0, 0));
}

describeSite('every kind of page', (site) => {
  for (const path of PAGES) {
    test(`${path} can be used by everybody: light, dark, on a phone`, async () => {
      await site.visit(path, { viewport: WIDE }, async (page) => {
        await settled(page);
        expect.soft(await accessibilityProblems(page), 'light').toEqual([]);

        await page.emulateMedia({ colorScheme: 'dark' });
        await page.locator('html[data-theme="dark"]').waitFor();
        expect.soft(await accessibilityProblems(page), 'dark').toEqual([]);

        await page.setViewportSize(NARROW);
        await page.locator('.navbar__toggle').waitFor();
        const widths = () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const;
        const [contentPx, windowPx] = await page.evaluate(widths);
        expect.soft(contentPx, 'wider than the phone').toBeLessThanOrEqual(windowPx);
        expect.soft(await accessibilityProblems(page), 'on a phone').toEqual([]);
      });
    });
  }
});

describeSite('finding one’s way', (site) => {
  test('search, by keyboard, to a page that has the word', async () => {
    await site.visit('/', {}, async (page) => {
      await page.getByPlaceholder('Search').focus();
      await page.keyboard.type('NodeExists');
      await page.locator('[class*="suggestion_"]').first().waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(/NodeExists|\/chapters\//);
      await page.locator('article', { hasText: 'NodeExists' }).waitFor();
    });
  });

  test('dark, light, and it is remembered', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const toggle = page.getByRole('button', { name: /dark and light mode|Switch between/ });
      const before = await ground();
      for (let clicks = 0; (await theme()) !== 'dark' && clicks < 3; clicks++) await toggle.click();
      expect(await theme()).toBe('dark');
      expect(await ground()).not.toBe(before);
      await page.reload({ waitUntil: 'networkidle' });
      expect(await theme()).toBe('dark');
    });
  });

  test('all 34 chapters are in the sidebar, in five parts, and next leads on', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      const links = page.locator('.theme-doc-sidebar-menu a[href*="/chapters/"]');
      const labels = await links.allTextContents();
      expect(labels.map((label) => label.slice(0, 2))).toEqual(
        Array.from({ length: 34 }, (_, i) => String(i).padStart(2, '0')),
      );
      expect(await page.locator('.theme-doc-sidebar-item-category-level-1').count()).toBe(5);
      await page.locator('.pagination-nav__link--next').click();
      await page.waitForURL(/01-data-model/);
    });
  });

  test('a fact shows its row when one comes to it by keyboard, and leads there', async () => {
    await site.visit('/chapters/06-network-protocol', {}, async (page) => {
      const ref = page.locator('main a', { hasText: /^FR-02$/ }).first();
      await ref.focus();
      const hint = page.getByRole('tooltip');
      await hint.waitFor();
      expect(await hint.textContent()).toMatch(/jute\.maxbuffer/);
      await page.keyboard.press('Escape');
      expect(await hint.count()).toBe(0);
      await ref.click();
      await page.waitForURL(/facts#FR-02$/);
      expect(await page.locator('#FR-02').isVisible()).toBe(true);
    });
  });

  test('the first Tab skips to the content', async () => {
    await site.visit('/chapters/00-introduction', {}, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to main content');
    });
  });

  test('on a phone the menu opens, and has the chapters', async () => {
    await site.visit('/chapters/00-introduction', { viewport: NARROW }, async (page) => {
      await page.getByRole('button', { name: 'Toggle navigation bar' }).click();
      await page
        .locator('.navbar-sidebar')
        .getByRole('link', { name: /^29 ZAB/ })
        .click();
      await page.waitForURL(/29-zab/);
    });
  });

  test('edit and source lead to the file', async () => {
    await site.visit('/chapters/06-network-protocol', {}, async (page) => {
      expect(await page.locator('.theme-edit-this-page').getAttribute('href')).toMatch(
        /\/edit\/main\/chapters\/06-network-protocol\/index\.mdx$/,
      );
      expect(await page.locator('figcaption a').first().getAttribute('href')).toMatch(
        /\/blob\/main\/chapters\/06-network-protocol\/.*\.ts#L\d+/,
      );
    });
  });
});
