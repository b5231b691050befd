/** The checks of lab 12, in the order of the text. Each unit check needs only gaps up to its own. */

import { KeeperException } from '#06-network-protocol/error-codes.js';
import { zxid } from '#06-network-protocol/ids.js';
import { simulated, unit } from '../runner/checks.node.js';
import { ALICE, BOB, ChangesUnderTest, DONE, ErrorCode, failed } from './grade-changes.js';
import { ANY, closing, MULTIS, pipelinedAsOneByOne, SEQUENTIAL, SIMPLE, withOthersBetween } from './grade-clients.js';

const FUTURE = 'A request is decided on what will be true when all before it is done.';
const NEWEST = 'Of several records of a node, the newest says how it will be.';
const NOTHING = 'What fails leaves nothing behind: the next request finds what it would have found without it.';
const ALL_OR_NONE = 'All steps of a multi are done, or none.';
const IN_TREE = 'A record does its work until its transaction is in the tree, and no longer.';
const WITH_ITS_SESSION = 'What belongs to a session when it ends goes with it, and nothing else does.';

// --------------------------------------------------------------------------- 12.1 what the next request finds

unit({ gap: '12.1', name: 'with nothing under way, a node is as the tree has it', invariant: FUTURE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  test.expectFound('/payout', 0);
  test.expectFound('/nothing', null);
  attempt.equal(test.changes.find('/')?.childCount, 2, "how many children find('/') has");
});

unit({ gap: '12.1', name: 'what is under way is found before it is in the tree', invariant: FUTURE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  test.add({ path: '/payout', version: 1 });
  test.expectFound('/payout', 1);
  test.add({ path: '/payout/leader' });
  test.expectFound('/payout/leader', 0);
});

unit({ gap: '12.1', name: 'the newest record counts', invariant: NEWEST }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  for (const version of [1, 2, 3]) test.add({ path: '/payout', version });
  test.expectFound('/payout', 3);
});

unit(
  { gap: '12.1', name: 'a node that will be deleted is not there, until it is created again', invariant: FUTURE },
  (attempt) => {
    const test = new ChangesUnderTest(attempt);
    test.add({ path: '/payout/leader', version: 7 });
    test.add({ path: '/payout/leader', exists: false });
    test.expectFound('/payout/leader', null);
    test.add({ path: '/payout/leader', version: 0 });
    test.expectFound('/payout/leader', 0);
  },
);

unit({ gap: '12.1', name: 'children that come are counted twice, in two ways', invariant: FUTURE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  for (const at of [5n, 6n]) {
    attempt.did(`addToChildCount(/payout as it is found, ${at}, 1)`);
    test.changes.addToChildCount(test.changes.require('/payout'), zxid(at), 1);
  }
  const { childCount, cversion, pzxid, version } = test.changes.require('/payout');
  attempt.equal(
    { childCount, cversion, pzxid, version },
    { childCount: 2, cversion: 2, pzxid: zxid(6n), version: 0 },
    "find('/payout')",
  );
});

unit({ gap: '12.1', name: 'the number of those that came has 32 bits', invariant: FUTURE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  attempt.did('addToChildCount(/payout with cversion 2147483647, 1, 1)');
  test.changes.addToChildCount({ ...test.changes.require('/payout'), cversion: 2 ** 31 - 1 }, zxid(1n), 1);
  attempt.equal(test.changes.require('/payout').cversion, -(2 ** 31), "the cversion of find('/payout')");
});

// ---------------------------------------------------------------- 12.2 a request that fails leaves nothing

unit({ gap: '12.2', name: 'a request that can be done leaves its records', invariant: FUTURE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const body = test.decide([{ path: '/payout', version: 1 }, { path: '/payout/leader' }]);
  attempt.equal(body, DONE, 'the transaction');
  test.expectFound('/payout', 1);
  test.expectFound('/payout/leader', 0);
});

unit({ gap: '12.2', name: 'a request that fails leaves none, and its code', invariant: NOTHING }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const body = test.decide([{ path: '/payout', version: 1 }, { path: '/payout/leader' }], ErrorCode.NoAuth);
  attempt.equal(body, failed(ErrorCode.NoAuth), 'the transaction');
  test.expectFound('/payout', 0);
  test.expectFound('/payout/leader', null);
});

unit({ gap: '12.2', name: 'several records of one node are all taken back', invariant: NOTHING }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const versions = [1, 2, 3].map((version) => ({ path: '/payout', version }));
  test.decide([...versions, { path: '/payout/leader', version: 1 }], ErrorCode.BadVersion);
  test.expectFound('/payout', 0);
  test.expectFound('/payout/leader', null);
});

unit({ gap: '12.2', name: 'what others have added stays', invariant: NOTHING }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  test.decide([{ path: '/payout', version: 1 }]);
  test.decide([{ path: '/payout/leader' }], ErrorCode.NoAuth);
  test.decide([], ErrorCode.NoNode);
  test.expectFound('/payout', 1);
  test.expectFound('/payout/leader', null);
});

unit({ gap: '12.2', name: 'a fault of the server is no answer', invariant: NOTHING }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  class Fault extends Error {}
  attempt.throws(() => test.decide([], new Fault('a fault')), Fault);
});

// ------------------------------------------------------------------------------------- 12.3 all steps or none

unit({ gap: '12.3', name: 'each step is prepared on top of those before it', invariant: ALL_OR_NONE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const bodies = test.decideSteps([[{ path: '/payout', version: 1 }], [{ path: '/payout', version: 2 }]]);
  test.expectSteps(bodies, 'done', 'done');
  test.expectFound('/payout', 2);
});

unit({ gap: '12.3', name: 'when a step fails, none leaves a record', invariant: ALL_OR_NONE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const bodies = test.decideSteps([
    [{ path: '/payout', version: 1 }],
    [{ path: '/payout/leader' }],
    ErrorCode.NoNode,
    [],
  ]);
  test.expectSteps(bodies, 'done', 'done', ErrorCode.NoNode, ErrorCode.RuntimeInconsistency);
  test.expectFound('/payout', 0);
  test.expectFound('/payout/leader', null);
});

unit(
  { gap: '12.3', name: 'a multi may be refused as a whole after a step has failed', invariant: NOTHING },
  (attempt) => {
    const test = new ChangesUnderTest(attempt);
    test.decide([{ path: '/payout/leader' }]);
    const refuse = (): never => {
      attempt.did('and the multi that it belongs to fails with MarshallingError');
      throw KeeperException.of(ErrorCode.MarshallingError);
    };
    test.decideSteps([[{ path: '/payout', version: 2 }], ErrorCode.NoNode], refuse);
    test.expectFound('/payout', 0);
    test.expectFound('/payout/leader', 0);
  },
);

unit({ gap: '12.3', name: 'a fault of the server in a step is no answer, either', invariant: NOTHING }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  class Fault extends Error {}
  attempt.throws(() => test.decideSteps([[], new Fault('a fault'), []]), Fault);
});

// ----------------------------------------------------------------------------------- 12.4 it is in the tree now

unit({ gap: '12.4', name: 'what is in the tree needs no records', invariant: IN_TREE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const first = test.add({ path: '/payout', version: 1 }, { path: '/payout/leader' });
  attempt.equal(test.changes.count, 2, 'the count of records');
  test.applied(first);
  attempt.equal(test.changes.count, 0, 'the count of records');
  test.expectFound('/payout', 0);
  test.expectFound('/payout/leader', null);
});

unit({ gap: '12.4', name: 'newer records stay', invariant: IN_TREE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  const first = test.add({ path: '/payout', version: 1 }, { path: '/payout/leader', version: 1 });
  const second = test.add({ path: '/payout', version: 2 });
  test.add({ path: '/payout/leader', version: 3 });
  test.applied(first);
  test.expectFound('/payout', 2);
  test.expectFound('/payout/leader', 3);
  test.applied(second);
  test.expectFound('/payout', 0);
  attempt.equal(test.changes.count, 1, 'the count of records');
});

unit({ gap: '12.4', name: 'several transactions may arrive at once', invariant: IN_TREE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  test.add({ path: '/payout', version: 1 });
  const second = test.add({ path: '/payout/leader' });
  test.add({ path: '/payout/w1' });
  test.applied(second);
  attempt.equal(test.changes.count, 1, 'the count of records');
  test.expectFound('/payout', 0);
});

unit({ gap: '12.4', name: 'what has gone by is let go', invariant: IN_TREE }, (attempt) => {
  const test = new ChangesUnderTest(attempt);
  test.neverIdle(10_000);
  attempt.equal(test.changes.count, 1, 'the count of records');
  const { held } = test;
  const what = 'the records that it holds, and the paths by which they are found';
  if (held > 10_000) attempt.wrong('those of one, and some that wait to be let go', `${held}`, what);
});

// -------------------------------------------------------------------------------- 12.5 what goes with a session

unit(
  { gap: '12.5', name: 'nodes in the tree, and nodes that are under way', invariant: WITH_ITS_SESSION },
  (attempt) => {
    const test = new ChangesUnderTest(attempt);
    test.inTree('/w1', ALICE);
    test.inTree('/w2', BOB);
    test.add({ path: '/w3', owner: ALICE }, { path: '/payout', version: 1 });
    test.add({ path: '/w4', owner: BOB });
    attempt.did('ephemerals(the session of alice)');
    attempt.equal(test.changes.ephemerals(ALICE), ['/w1', '/w3']);
    attempt.did('ephemerals(the session of bob)');
    attempt.equal(test.changes.ephemerals(BOB), ['/w2', '/w4']);
  },
);

unit(
  {
    gap: '12.5',
    name: 'nodes that are in the tree by now are not forgotten, nor named twice',
    invariant: WITH_ITS_SESSION,
  },
  (attempt) => {
    const test = new ChangesUnderTest(attempt);
    const first = test.add({ path: '/w1', owner: ALICE });
    test.add({ path: '/w1', owner: ALICE, version: 1 });
    test.inTree('/w1', ALICE);
    test.applied(first);
    attempt.did('ephemerals(the session of alice)');
    attempt.equal(test.changes.ephemerals(ALICE), ['/w1']);
  },
);

// ------------------------------------------------------------------------------------------ a server, simulated

simulated(
  { gap: '12.1', name: 'who does not wait for answers gets the same ones', invariant: FUTURE, points: 3, seeds: 10 },
  (attempt) => pipelinedAsOneByOne(attempt, SIMPLE),
);

simulated(
  { gap: '12.1', name: 'sequence numbers are the same, too', invariant: FUTURE, points: 2, seeds: 6 },
  (attempt) => pipelinedAsOneByOne(attempt, SEQUENTIAL),
);

simulated({ gap: '12.3', name: 'and multis', invariant: ALL_OR_NONE, points: 3, seeds: 10 }, (attempt) =>
  pipelinedAsOneByOne(attempt, MULTIS),
);

simulated(
  {
    gap: '12.4',
    name: 'the same while some is in the tree already, and others write',
    invariant: IN_TREE,
    points: 3,
    seeds: 8,
  },
  (attempt) => withOthersBetween(attempt, ANY),
);

simulated(
  {
    gap: '12.5',
    name: 'a session takes along what is its own by then',
    invariant: WITH_ITS_SESSION,
    points: 3,
    seeds: 12,
  },
  closing,
);
