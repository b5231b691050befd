import { expect, test } from 'vitest';
import { TEST_GUARD_MS } from '#testing/child-process.node.js';
import { runVitestOn } from '#testing/vitest-in-vitest.node.js';

const sample = `
  import { expect, test } from 'vitest';
  import { describeServers, describeWithPeers } from '#testing/servers.js';
  import { proves } from '#testing/proves.js';
  const nobody = { title: 'Nobody', debianPackage: 'no-such-package', isInstalled: () => false };
  describeWithPeers([nobody], 'beside nobody', () => test('runs', () => {}));
  describeServers('a server', (server) => test('has a name', () => { expect(server.name).toBe('apache'); proves('FR-01'); }));
`;

const stateOf = (tests: readonly { fullName: string; status: string }[], part: string) =>
  tests.filter(({ fullName }) => fullName.includes(part)).map(({ fullName, status }) => `${status}: ${fullName}`);

test(
  'without a peer its tests are skipped, and their name says why',
  async () => {
    const { tests } = await runVitestOn(sample, { ZOOWALK_REQUIRE_PEERS: '' });
    expect(stateOf(tests, 'nobody')).toEqual([
      'skipped: beside nobody: Nobody not installed, get them with: npm run setup:peers (Debian, as root) runs',
    ]);
  },
  TEST_GUARD_MS,
);

test(
  'where peers are required, a missing one is a failure',
  async () => {
    const { tests } = await runVitestOn(sample, { ZOOWALK_REQUIRE_PEERS: '1' });
    expect(stateOf(tests, 'nobody')).toEqual(['failed: beside nobody needs Nobody']);
  },
  TEST_GUARD_MS,
);

test(
  'each server has its own copy of the tests, and what it proves is noted for it',
  async () => {
    const { tests, facts } = await runVitestOn(sample, { ZOOWALK_SERVERS: 'zoowalk,apache' });
    const [ours, apaches] = stateOf(tests, 'a server');
    expect(ours).toBe('failed: a server [zoowalk] has a name');
    expect(apaches).toMatch(
      /^(passed: a server \[apache\]|skipped: a server \[apache\]: Apache ZooKeeper not installed.*) has a name$/,
    );
    expect(facts.proofs.filter(({ server }) => server !== 'apache')).toEqual([]);
  },
  TEST_GUARD_MS,
);

test(
  'one server can be chosen',
  async () => {
    const { tests } = await runVitestOn(sample, { ZOOWALK_SERVERS: 'apache' });
    expect(stateOf(tests, 'a server [zoowalk]')).toEqual([
      'skipped: a server [zoowalk]: left out by ZOOWALK_SERVERS=apache has a name',
    ]);
  },
  TEST_GUARD_MS,
);
