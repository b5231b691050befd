/** The built site in a browser, for tests. What the browser's console says of errors fails the test that caused it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { assertInstalled, chromiumBinary, peers, peersAreRequired } from '../../chapters/testing/peers.node.js';
import { type StaticServer, serveDirectory } from './static-server.js';

const built = fileURLToPath(new URL('../build', import.meta.url));
const axeFile = fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url));

export const WIDE = { width: 1280, height: 860 };
export const NARROW = { width: 390, height: 844 };

/** Only there so that a hang is reported. */
const GUARD_MS = 240_000;

export interface OpenOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
}

export interface Site {
  /** Opens a page, and hands it to `use`. Fails when the console tells of an error, or a request fails. */
  visit(path: string, options: OpenOptions, use: (page: Page) => Promise<void>): Promise<void>;
}

/** Skipped where there is no browser, aloud; a failure where there has to be one. */
export function describeSite(name: string, define: (site: Site) => void): void {
  const isThere = peers.chromium.isInstalled() || peersAreRequired();
  if (!isThere) {
    test.skip(`${name} (no ${peers.chromium.title} here)`, () => {});
    return;
  }
  describe(name, () => {
    let browser: Browser;
    let server: StaticServer;
    beforeAll(async () => {
      assertInstalled(peers.chromium);
      if (!existsSync(join(built, 'index.html'))) throw new Error('there is no site/build: npm run site:build first');
      server = await serveDirectory(built);
      // A browser that root starts has no sandbox; it sees nothing but our own pages.
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      browser = await chromium.launch({ executablePath: chromiumBinary, args });
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });
    define({
      async visit(path, { viewport = WIDE, dark = false }, use) {
        const context = await browser.newContext({
          viewport,
          colorScheme: dark ? 'dark' : 'light',
          reducedMotion: 'reduce',
        });
        const page = await context.newPage();
        page.setDefaultTimeout(GUARD_MS);
        // The first complaint ends the visit: what it has broken may never come, and would be waited for.
        const complaint = new Promise<never>((_, reject) => {
          const complain = (text: string): void => reject(new Error(`${path}: ${text}`));
          page.on('console', (message) => {
            if (message.type() === 'error') complain(message.text());
          });
          page.on('pageerror', (error) => complain(String(error.stack ?? error)));
          page.on('requestfailed', (request) => complain(`${request.url()} ${request.failure()?.errorText}`));
          page.on('request', (request) => {
            if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) {
              complain(`asked somebody else: ${request.url()}`);
            }
          });
        });
        const visited = async (): Promise<void> => {
          await page.goto(server.url + path, { waitUntil: 'networkidle' });
          await use(page);
          // Whatever the page has said so far is heard before this is answered.
          await page.evaluate(() => {});
        };
        try {
          await Promise.race([visited(), complaint]);
        } finally {
          await context.close();
        }
      },
    });
  });
}

/** What axe finds against WCAG 2.1 AA, a line for each element. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axeFile });
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
      // A table that is read in both directions has nothing to say in its corner.
      rules: { 'empty-table-header': { enabled: false } },
    });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`),
    );
  });
}

interface Axe {
  run(
    root: Document,
    options: { runOnly: string[]; rules: Record<string, { enabled: boolean }> },
  ): Promise<{ violations: { id: string; help: string; nodes: { target: string[] }[] }[] }>;
}
