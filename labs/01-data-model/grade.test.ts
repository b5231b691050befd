/** The checks of lab 01, in the order of the text. Each unit check needs only gaps up to its own. */

import { CREATOR_ALL_ACL, READ_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { simulated, unit } from '../runner/checks.node.js';
import { randomOperations, shuffled, watchers } from './grade-clients.js';
import { busyWriters, expectTheSameAfterRestart, sessionsThatEnd } from './grade-restarts.js';
import { ALICE, BOB, TreeUnderTest } from './grade-trees.js';

const EACH_ITS_OWN = 'Each number of a Stat tells the history of one thing, and changes with nothing else.';
const ONE_TRACE = "A create or delete leaves its trace in the parent's list of children, and nowhere else.";
const FORWARDS = 'What a replayed transaction does is there already or comes new; it turns nothing back.';
const TREE = 'Every node but the root has a parent that knows its name.';
const WITH_ITS_SESSION = 'An ephemeral node goes with its session, whoever else goes meanwhile.';
const HEARD = 'Who watches hears of each change once it is made.';

// ---------------------------------------------------------------------------------- 01.1 what a client is told

unit({ gap: '01.1', name: 'a client is told the numbers of the node', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  const numbers = { czxid: 11, mzxid: 12, pzxid: 13, ctime: 14, mtime: 15, version: 16, aversion: 17 };
  tree.restore('/payout', numbers, 'batch=100');
  tree.expectStat('/payout', { ...numbers, dataLength: 9, numChildren: 0, cversion: 0, ephemeralOwner: 0n as never });
});

unit({ gap: '01.1', name: 'cversion counts children that came and that went', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.restore('/payout', { cversion: 5 });
  tree.expectStat('/payout', { cversion: 10, numChildren: 0 });
  tree.restore('/payout/a');
  tree.restore('/payout/b');
  tree.expectStat('/payout', { cversion: 8, numChildren: 2 });
  tree.restore('/busy', { cversion: 1_200_000_000 });
  tree.expectStat('/busy', { cversion: -1_894_967_296 });
});

unit({ gap: '01.1', name: 'no data are no bytes', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.restore('/none', {}, null);
  tree.expectStat('/none', { dataLength: 0 });
});

unit({ gap: '01.1', name: 'an ephemeral node says whose it is', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.restore('/leader', { ephemeralOwner: ALICE });
  tree.expectStat('/leader', { ephemeralOwner: ALICE });
});

// ------------------------------------------------------------------------------------- 01.2 a node is created

unit({ gap: '01.2', name: 'a new node has the numbers of its transaction', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.create('/payout', { at: 7, data: 'batch=100' });
  tree.expectPaths('/payout');
  tree.expectStat('/payout', { czxid: 7, mzxid: 7, pzxid: 7, ctime: 7000, mtime: 7000, dataLength: 9 });
  tree.expectStat('/payout', { version: 0, cversion: 0, aversion: 0, numChildren: 0 });
});

unit({ gap: '01.2', name: 'a create leaves its trace in the parent', invariant: ONE_TRACE }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.create('/payout');
  tree.create('/payout/a', { parentCVersion: 1 });
  tree.create('/payout/b', { parentCVersion: 2 });
  tree.expectStat('/payout', { numChildren: 2, cversion: 2, pzxid: 3 });
  tree.expectStat('/payout', { czxid: 1, mzxid: 1, ctime: 1000, mtime: 1000, version: 0, aversion: 0 });
  tree.expectStat('/', { numChildren: 2, cversion: 0, pzxid: 1 });
});

unit({ gap: '01.2', name: 'without a parent there is no node', invariant: TREE }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.expectError(() => tree.create('/payout/a'), ErrorCode.NoNode);
  tree.expectPaths();
});

unit(
  { gap: '01.2', name: 'logs from before 3.4 do not say the cversion: it is one more', invariant: ONE_TRACE },
  (attempt) => {
    const tree = new TreeUnderTest(attempt);
    tree.restore('/payout', { cversion: 5 });
    tree.create('/payout/a', { parentCVersion: -1 });
    tree.expectStat('/payout', { cversion: 11, pzxid: 1 });
  },
);

unit({ gap: '01.2', name: 'a parent that is newer than the create stays as it is', invariant: FORWARDS }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.restore('/payout', { cversion: 5, pzxid: 9 });
  tree.create('/payout/a', { at: 6, parentCVersion: 3 });
  tree.expectStat('/payout', { cversion: 9, pzxid: 9 });
  tree.create('/payout/b', { at: 8, parentCVersion: 5 });
  tree.expectStat('/payout', { cversion: 8, pzxid: 9 });
});

unit(
  { gap: '01.2', name: 'a node that is there stays, and its parent gets its trace', invariant: FORWARDS },
  (attempt) => {
    const tree = new TreeUnderTest(attempt);
    tree.restore('/payout', { cversion: 1, pzxid: 2 });
    const node = tree.restore('/payout/a', { czxid: 6, version: 3 }, 'old');
    tree.expectError(
      () => tree.create('/payout/a', { at: 6, parentCVersion: 2, data: 'new', acl: READ_ACL_UNSAFE as never }),
      ErrorCode.NodeExists,
    );
    tree.expectStat('/payout', { cversion: 3, pzxid: 6 });
    tree.expectStat('/payout/a', { version: 3, dataLength: 3 });
    attempt.equal(tree.tree.acl(node), READ_ACL_UNSAFE as never, 'the list of rights of /payout/a');
  },
);

// ------------------------------------------------------------------------------------- 01.3 a node is changed

unit({ gap: '01.3', name: 'other data leave their mark in the node', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.create('/payout');
  tree.create('/payout/config', { data: 'batch=100' });
  tree.setData('/payout/config', 'batch=1000', 1);
  tree.expectStat('/payout/config', { version: 1, mzxid: 3, mtime: 3000, dataLength: 10 });
  tree.expectStat('/payout/config', { czxid: 2, ctime: 2000, pzxid: 2, aversion: 0, cversion: 0 });
  tree.expectStat('/payout', { mzxid: 1, pzxid: 2, version: 0, cversion: 1 });
});

unit({ gap: '01.3', name: 'another list of rights has a version of its own', invariant: EACH_ITS_OWN }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.create('/payout');
  const node = tree.setAcl('/payout', READ_ACL_UNSAFE as never, 1);
  tree.expectStat('/payout', { aversion: 1, version: 0, mzxid: 1, mtime: 1000, pzxid: 1 });
  attempt.equal(tree.tree.acl(node), READ_ACL_UNSAFE as never, 'the list of rights of /payout');
});

unit({ gap: '01.3', name: 'what is not there is not changed', invariant: TREE }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.expectError(() => tree.setData('/payout', '', 1), ErrorCode.NoNode);
  tree.expectError(() => tree.setAcl('/payout', null, 1), ErrorCode.NoNode);
});

// ------------------------------------------------------------------------------------- 01.4 a node is deleted

unit({ gap: '01.4', name: 'a delete leaves its trace in the parent', invariant: ONE_TRACE }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.create('/payout');
  tree.create('/payout/a', { parentCVersion: 1 });
  tree.create('/payout/b', { parentCVersion: 2 });
  tree.delete('/payout/a');
  tree.expectPaths('/payout', '/payout/b');
  tree.expectStat('/payout', { numChildren: 1, cversion: 3, pzxid: 4 });
  tree.expectStat('/payout', { mzxid: 1, mtime: 1000, version: 0, aversion: 0 });
});

unit({ gap: '01.4', name: 'what is not there is not deleted', invariant: TREE }, (attempt) => {
  const tree = new TreeUnderTest(attempt);
  tree.expectError(() => tree.delete('/payout'), ErrorCode.NoNode);
  tree.expectError(() => tree.delete('/payout/a'), ErrorCode.NoNode);
});

// ----------------------------------------------------------------------------------------- 01.5 a session ends

unit(
  { gap: '01.5', name: 'the nodes of a session go, those of others stay', invariant: WITH_ITS_SESSION },
  (attempt) => {
    const tree = new TreeUnderTest(attempt);
    tree.create('/w1', { owner: ALICE });
    tree.create('/w2', { owner: BOB, parentCVersion: 2 });
    tree.create('/w3', { owner: ALICE, parentCVersion: 3 });
    attempt.equal(tree.killSession(ALICE, ['/w1', '/w3']), []);
    tree.expectPaths('/w2');
    tree.expectStat('/', { pzxid: 4, numChildren: 2 });
    tree.expectStat('/w2', { ephemeralOwner: BOB });
  },
);

unit(
  { gap: '01.5', name: 'all of them, when the transaction does not say which', invariant: WITH_ITS_SESSION },
  (attempt) => {
    const tree = new TreeUnderTest(attempt);
    tree.create('/w1', { owner: ALICE });
    tree.create('/w2', { owner: ALICE, parentCVersion: 2 });
    attempt.equal(tree.killSession(ALICE, null), []);
    tree.expectPaths();
  },
);

unit(
  { gap: '01.5', name: 'what the transaction has forgotten goes as well, and is told', invariant: WITH_ITS_SESSION },
  (attempt) => {
    const tree = new TreeUnderTest(attempt);
    tree.create('/w1', { owner: ALICE });
    tree.create('/w2', { owner: ALICE, parentCVersion: 2 });
    attempt.equal(tree.killSession(ALICE, ['/w2']), ['/w1']);
    tree.expectPaths();
  },
);

// ------------------------------------------------------------------------------------------ a server, simulated

simulated(
  {
    gap: '01.1',
    name: 'clients are told exact numbers, whatever kind of node it is',
    invariant: EACH_ITS_OWN,
    points: 3,
    seeds: 8,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { extendedTypesEnabled: true } });
    await zoo.settle(zoo.start());
    await randomOperations(attempt, 40);
  },
);

simulated(
  { gap: '01.2', name: 'who waits for a node hears that it is there', invariant: HEARD, points: 2, seeds: 2 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const { alice, bob, carol, expectHeard } = await watchers(attempt);
    await zoo.settle(alice.create('/payout'));
    await zoo.settle(bob.client.exists('/payout/leader', { watch: bob.watch }));
    await zoo.settle(bob.client.exists('/payout/secret', { watch: bob.watch }));
    await zoo.settle(carol.client.getChildren('/payout', { watch: carol.watch }));
    attempt.did('alice creates /payout/leader');
    await zoo.settle(alice.create('/payout/leader', 'alice'));
    await expectHeard(bob, 'NodeCreated /payout/leader');
    await expectHeard(carol, 'NodeChildrenChanged /payout');
    await zoo.settle(carol.client.getChildren('/payout', { watch: carol.watch }));
    attempt.did('alice creates /payout/secret, which only she may read');
    await zoo.settle(alice.create('/payout/secret', '', { acl: CREATOR_ALL_ACL }));
    await expectHeard(bob);
    await expectHeard(carol, 'NodeChildrenChanged /payout');
  },
);

simulated(
  {
    gap: '01.3',
    name: 'who watches data hears of other data, and of nothing else',
    invariant: HEARD,
    points: 2,
    seeds: 2,
  },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const { alice, bob, expectHeard } = await watchers(attempt);
    await zoo.settle(alice.create('/payout'));
    await zoo.settle(bob.client.getData('/payout', { watch: bob.watch }));
    attempt.did('alice gives /payout another list of rights');
    await zoo.settle(
      alice.setACL(
        '/payout',
        READ_ACL_UNSAFE.map((each) => ({ ...each, perms: 3 })),
      ),
    );
    await expectHeard(bob);
    attempt.did('alice sets the data of /payout');
    await zoo.settle(alice.setData('/payout', 'batch=200'));
    await expectHeard(bob, 'NodeDataChanged /payout');
  },
);

simulated(
  { gap: '01.4', name: 'who may read a node hears of its end', invariant: HEARD, points: 2, seeds: 2 },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const { alice, bob, carol, expectHeard } = await watchers(attempt);
    bob.client.addAuthInfo('digest', 'alice:secret');
    await zoo.settle(alice.create('/payout'));
    await zoo.settle(alice.create('/payout/secret', '', { acl: CREATOR_ALL_ACL }));
    await zoo.settle(bob.client.getData('/payout/secret', { watch: bob.watch }));
    await zoo.settle(carol.client.getChildren('/payout', { watch: carol.watch }));
    attempt.did('alice deletes /payout/secret, which she and bob may read, and nobody else');
    await zoo.settle(alice.delete('/payout/secret'));
    await expectHeard(bob, 'NodeDeleted /payout/secret');
    await expectHeard(carol, 'NodeChildrenChanged /payout');
  },
);

simulated(
  {
    gap: '01.5',
    name: 'when a session ends, who watches its nodes hears of each',
    invariant: HEARD,
    points: 2,
    seeds: 4,
  },
  async (attempt) => {
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const { alice, bob, expectHeard } = await watchers(attempt);
    const ephemeral = { mode: CreateMode.ephemeral };
    for (const path of ['/payout', '/workers']) await zoo.settle(alice.create(path));
    const paths = shuffled(attempt.random, ['/payout/leader', '/workers/w1', '/alice', '/payout/lock']);
    for (const path of paths) await zoo.settle(alice.create(path, '', ephemeral));
    for (const path of shuffled(attempt.random, paths)) await zoo.settle(bob.client.exists(path, { watch: bob.watch }));
    attempt.did(`alice, who has created ${paths.join(', ')} in this order, closes her session`);
    await zoo.settle(alice.close());
    await expectHeard(bob, ...paths.map((path) => `NodeDeleted ${path}`));
  },
);

simulated(
  {
    gap: '01.4',
    name: 'after a restart over a snapshot that was taken meanwhile, every number is what it was',
    invariant: FORWARDS,
    points: 3,
    seeds: 10,
  },
  (attempt) => expectTheSameAfterRestart(attempt, busyWriters),
);

simulated(
  {
    gap: '01.5',
    name: 'the same when sessions end while the snapshot is taken',
    invariant: FORWARDS,
    points: 3,
    seeds: 10,
  },
  (attempt) => expectTheSameAfterRestart(attempt, sessionsThatEnd),
);
