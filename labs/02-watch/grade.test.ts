/** The checks of lab 02, in the order of the text. Each unit check needs only gaps up to its own. */

import { TreeWatches, WatchManager, WatchMode } from '#02-watch/watch-manager.js';
import { CREATOR_ALL_ACL } from '#06-network-protocol/acls.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { simulated, unit } from '../runner/checks.node.js';
import { Audience, ONE_SHOT, STAYING } from './grade-clients.js';
import { AT, type Listener, listeners, namesOf } from './grade-watchers.js';

const { standard, persistent, recursive } = WatchMode;
const { NodeDataChanged, NodeDeleted } = EventType;

const SIDE_BY_SIDE = 'A watcher holds any kinds of watches at a path, each for itself.';
const BOTH_TABLES = 'Both tables say the same, and nothing is left where nobody watches.';
const ONCE = 'A watcher is told once of an event, however many of its watches match.';
const ONE_SHOT_GOES = 'A one-shot watch is gone after its event; the others stay.';
const RIGHT_EVENT = 'A change wakes the watches that are about it, and no others.';
const IN_ORDER = 'Events reach a client in the order in which the changes were made, none lost and none doubled.';

type Table = Pick<WatchManager, 'watchCount' | 'pathCount' | 'watcherCount'>;
const countsOf = ({ watchCount, pathCount, watcherCount }: Table) => ({ watchCount, pathCount, watcherCount });

// --------------------------------------------------------------------------------------- 02.1 a watch is set

unit({ gap: '02.1', name: 'a watch is held by one watcher, at one path', invariant: SIDE_BY_SIDE }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  watches.add('/payout', bob);
  attempt.equal(watches.contains('/payout', bob), true);
  attempt.equal(watches.contains('/payout', carol), false);
  attempt.equal(watches.contains('/payout/leader', bob), false);
});

unit({ gap: '02.1', name: 'kinds are held side by side', invariant: SIDE_BY_SIDE }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob] = listeners('bob') as [Listener];
  watches.add('/payout', bob, standard);
  watches.add('/payout', bob, persistent);
  attempt.equal(watches.contains('/payout', bob, standard), true);
  attempt.equal(watches.contains('/payout', bob, persistent), true);
  attempt.equal(watches.contains('/payout', bob, recursive), false);
  attempt.equal(watches.contains('/payout', bob, recursive | standard), true);
});

unit({ gap: '02.1', name: 'the tables count who watches where', invariant: BOTH_TABLES }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  for (const path of ['/payout', '/payout/leader', '/payout']) watches.add(path, bob);
  watches.add('/payout', carol, persistent);
  attempt.equal(countsOf(watches), { watchCount: 3, pathCount: 2, watcherCount: 2 }, 'the counts');
});

// ------------------------------------------------------------------------------- 02.2 watches are taken away

unit(
  { gap: '02.2', name: 'who takes a watch away is told whether it was there', invariant: BOTH_TABLES },
  (attempt) => {
    const watches = attempt.make('watches', WatchManager);
    const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
    watches.add('/payout', bob);
    watches.add('/payout', carol);
    attempt.equal(watches.remove('/payout', bob), true);
    attempt.equal(watches.remove('/payout', bob), false);
    attempt.equal(watches.contains('/payout', bob), false);
    attempt.equal(watches.contains('/payout', carol), true);
  },
);

unit({ gap: '02.2', name: 'kinds are taken away one by one', invariant: SIDE_BY_SIDE }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob] = listeners('bob') as [Listener];
  watches.add('/payout', bob, standard);
  watches.add('/payout', bob, persistent);
  attempt.equal(watches.remove('/payout', bob, recursive), false);
  attempt.equal(watches.remove('/payout', bob, standard), true);
  attempt.equal(watches.contains('/payout', bob, persistent), true);
  attempt.equal(watches.contains('/payout', bob, standard), false);
});

unit({ gap: '02.2', name: 'where nobody watches, nothing is left', invariant: BOTH_TABLES }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob] = listeners('bob') as [Listener];
  watches.add('/payout', bob);
  watches.add('/payout/leader', bob);
  watches.remove('/payout', bob);
  attempt.equal(countsOf(watches), { watchCount: 1, pathCount: 1, watcherCount: 1 }, 'the counts');
  watches.remove('/payout/leader', bob);
  attempt.equal(countsOf(watches), { watchCount: 0, pathCount: 0, watcherCount: 0 }, 'the counts');
});

unit({ gap: '02.2', name: 'a connection that goes takes all its watches along', invariant: BOTH_TABLES }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  for (const path of ['/', '/payout', '/payout/leader']) watches.add(path, bob);
  watches.add('/payout', carol);
  watches.removeWatcher(bob);
  attempt.equal(countsOf(watches), { watchCount: 1, pathCount: 1, watcherCount: 1 }, 'the counts');
  attempt.equal(watches.contains('/payout', carol), true);
});

// --------------------------------------------------------------------------------- 02.3 who hears of a path

unit({ gap: '02.3', name: 'those who watch a path hear of it, in their order', invariant: RIGHT_EVENT }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol, dave] = listeners('bob', 'carol', 'dave') as [Listener, Listener, Listener];
  watches.add('/payout/leader', bob);
  watches.add('/payout/leader', carol, persistent);
  watches.add('/payout/leader', dave, recursive);
  attempt.equal(namesOf(watches.watchersOf('/payout/leader')), ['bob', 'carol', 'dave']);
  attempt.equal(namesOf(watches.watchersOf('/payout/config')), []);
});

unit(
  { gap: '02.3', name: 'recursive watches hear of what is below, others do not', invariant: RIGHT_EVENT },
  (attempt) => {
    const watches = attempt.make('watches', WatchManager);
    const [bob, carol, dave] = listeners('bob', 'carol', 'dave') as [Listener, Listener, Listener];
    watches.add('/payout', bob, recursive);
    watches.add('/payout', carol, persistent);
    watches.add('/payout/orders', dave, recursive);
    attempt.equal(namesOf(watches.watchersOf('/payout/orders/7')), ['dave', 'bob']);
    attempt.equal(namesOf(watches.watchersOf('/payout/config')), ['bob']);
  },
);

unit({ gap: '02.3', name: 'each of them once, and the answer stays as it is', invariant: ONCE }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  watches.add('/payout', bob, recursive);
  watches.add('/payout/leader', bob);
  watches.add('/payout/leader', carol);
  const watchers = watches.watchersOf('/payout/leader');
  attempt.equal(namesOf(watchers), ['bob', 'carol']);
  watches.remove('/payout/leader', carol);
  attempt.equal(namesOf(watchers), ['bob', 'carol'], 'the same answer, after carol has gone');
});

// ---------------------------------------------------------------------------------------------- 02.4 an event

unit({ gap: '02.4', name: 'a one-shot watch is told once', invariant: ONE_SHOT_GOES }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob] = listeners('bob') as [Listener];
  watches.add('/payout', bob);
  attempt.equal(namesOf(watches.trigger('/payout', NodeDataChanged, AT, null)), ['bob']);
  attempt.equal(bob.told(), ['NodeDataChanged /payout'], 'what bob hears');
  attempt.equal(bob.zxidTold, AT, 'the zxid that bob hears');
  attempt.equal(namesOf(watches.trigger('/payout', NodeDataChanged, AT, null)), []);
  attempt.equal(bob.told(), [], 'what bob hears the second time');
});

unit({ gap: '02.4', name: 'persistent and recursive watches stay', invariant: ONE_SHOT_GOES }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  watches.add('/payout/config', bob, persistent);
  watches.add('/payout/config', bob, standard);
  watches.add('/payout', carol, recursive);
  for (let i = 0; i < 2; i++) watches.trigger('/payout/config', NodeDataChanged, AT, null);
  const twice = ['NodeDataChanged /payout/config', 'NodeDataChanged /payout/config'];
  attempt.equal(bob.told(), twice, 'what bob hears');
  attempt.equal(carol.told(), twice, 'what carol hears');
  attempt.equal(watches.contains('/payout/config', bob, standard), false);
});

unit(
  { gap: '02.4', name: 'a watch that is set while its event is told is for the next one', invariant: ONE_SHOT_GOES },
  (attempt) => {
    const watches = attempt.make('watches', WatchManager);
    const [bob] = listeners('bob') as [Listener];
    bob.whenTold = () => watches.add('/payout', bob);
    watches.add('/payout', bob);
    for (let i = 0; i < 3; i++) watches.trigger('/payout', NodeDataChanged, AT, null);
    attempt.equal(bob.told().length, 3, 'how often bob has heard');
  },
);

unit({ gap: '02.4', name: 'who knows of it already is not told again', invariant: ONCE }, (attempt) => {
  const watches = attempt.make('watches', WatchManager);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  watches.add('/payout', bob, persistent);
  watches.add('/payout', carol);
  attempt.equal(namesOf(watches.trigger('/payout', NodeDeleted, AT, null, new Set([bob]))), ['bob', 'carol']);
  attempt.equal(bob.told(), [], 'what bob hears');
  attempt.equal(carol.told(), ['NodeDeleted /payout'], 'what carol hears');
});

// -------------------------------------------------------------------------- 02.5 which change wakes which watch

unit(
  { gap: '02.5', name: 'a new node wakes those who wait for it, and for its brothers', invariant: RIGHT_EVENT },
  (attempt) => {
    const watches = attempt.make('watches', TreeWatches);
    const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
    watches.data.add('/payout/leader', bob);
    watches.data.add('/payout', bob);
    watches.children.add('/payout', carol);
    watches.nodeCreated('/payout/leader', AT, null, null);
    attempt.equal(bob.told(), ['NodeCreated /payout/leader'], 'what bob hears, who watches the data of both');
    attempt.equal(
      carol.told(),
      ['NodeChildrenChanged /payout'],
      'what carol hears, who watches the children of /payout',
    );
  },
);

unit({ gap: '02.5', name: 'other data wake those who watch them', invariant: RIGHT_EVENT }, (attempt) => {
  const watches = attempt.make('watches', TreeWatches);
  const [bob, carol] = listeners('bob', 'carol') as [Listener, Listener];
  watches.data.add('/payout', bob);
  watches.children.add('/payout', carol);
  watches.dataChanged('/payout', AT, null);
  attempt.equal(bob.told(), ['NodeDataChanged /payout'], 'what bob hears, who watches the data of /payout');
  attempt.equal(carol.told(), [], 'what carol hears, who watches its children');
});

unit({ gap: '02.5', name: 'the end of a node is told once to each', invariant: ONCE }, (attempt) => {
  const watches = attempt.make('watches', TreeWatches);
  const [bob, carol, dave] = listeners('bob', 'carol', 'dave') as [Listener, Listener, Listener];
  watches.data.add('/payout/leader', bob);
  watches.children.add('/payout/leader', bob);
  watches.children.add('/payout/leader', carol);
  watches.children.add('/payout', dave);
  watches.nodeDeleted('/payout/leader', AT, null, null);
  attempt.equal(
    bob.told(),
    ['NodeDeleted /payout/leader'],
    'what bob hears, who watches data and children of the node',
  );
  attempt.equal(carol.told(), ['NodeDeleted /payout/leader'], 'what carol hears, who watches its children');
  attempt.equal(dave.told(), ['NodeChildrenChanged /payout'], 'what dave hears, who watches the children of /payout');
});

unit(
  { gap: '02.5', name: 'a persistent watch hears of the node and of its list of children', invariant: RIGHT_EVENT },
  (attempt) => {
    const watches = attempt.make('watches', TreeWatches);
    const [bob] = listeners('bob') as [Listener];
    watches.addPersistent('/payout', bob);
    watches.dataChanged('/payout', AT, null);
    watches.nodeCreated('/payout/leader', AT, null, null);
    attempt.equal(bob.told(), ['NodeDataChanged /payout', 'NodeChildrenChanged /payout'], 'what bob hears');
  },
);

// ------------------------------------------------------------------------------------------ a server, simulated

simulated(
  {
    gap: '02.4',
    name: 'one-shot watches: each client hears of what it waits for',
    invariant: IN_ORDER,
    points: 3,
    seeds: 8,
  },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.play(ONE_SHOT, 40);
  },
);

simulated(
  {
    gap: '02.3',
    name: 'watches that stay: each client hears of all that it waits for',
    invariant: IN_ORDER,
    points: 3,
    seeds: 8,
  },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.play(STAYING, 40);
  },
);

simulated(
  { gap: '02.1', name: 'all kinds of watches at the same few paths', invariant: IN_ORDER, points: 3, seeds: 12 },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.play([...ONE_SHOT, ...STAYING], 60);
  },
);

simulated(
  { gap: '02.2', name: 'connections that go leave no watch behind', invariant: BOTH_TABLES, points: 3, seeds: 6 },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.play([...ONE_SHOT, ...STAYING], 20);
    await audience.leaveOneByOne();
  },
);

simulated(
  {
    gap: '02.2',
    name: 'a client that was cut off hears of what it has missed, and of nothing twice',
    invariant: IN_ORDER,
    points: 3,
    seeds: 6,
  },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.missSomething();
  },
);

simulated(
  {
    gap: '02.5',
    name: 'who may read a node, and nobody else, hears of it',
    invariant: RIGHT_EVENT,
    points: 2,
    seeds: 2,
  },
  async (attempt) => {
    const audience = await Audience.of(attempt);
    await audience.keepSecrets(CREATOR_ALL_ACL);
  },
);
