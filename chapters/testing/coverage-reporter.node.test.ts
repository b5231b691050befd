import { expect, test } from 'vitest';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { runVitestOn } from '#testing/vitest-in-vitest.node.js';

const sample = `
  import { describe, expect, test } from 'vitest';
  import { proves } from '#testing/proves.js';
  test('passes', () => proves('FR-01', 'FR-02', 'FR-01'));
  test('fails', () => { proves('FR-03'); expect(1).toBe(2); });
  test.skip('is skipped', () => proves('FR-04'));
  describe('with a server', () => test('passes', ({ task }) => { task.meta.server = 'apache'; proves('FR-05'); }));
`;

test(
  'only what passed tests proved counts, for the server that they ran against',
  async () => {
    const { facts, stdout } = await runVitestOn(sample, { ZOOWALK_FACTS: '1' });
    expect(facts.testFiles).toBe(1);
    expect(facts.proofs.map(({ id, server, test }) => ({ id, server, test }))).toEqual([
      { id: 'FR-01', server: null, test: 'passes' },
      { id: 'FR-02', server: null, test: 'passes' },
      { id: 'FR-05', server: 'apache', test: 'with a server > passes' },
    ]);
    expect(stdout).toMatch(/\n06-network-protocol +\d+ +2 +1 +\d+ +\d+\n/);
  },
  TEST_GUARD_MS,
);
