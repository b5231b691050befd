/** How the tree does with many nodes. */

import { Buffer } from 'node:buffer';
import { newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { ratio, slope } from '../runner/bench-checks.js';

/** As many end, however many others there are. */
const ENDED_SESSIONS = 500;
const DATA = Buffer.from('batch=100');
const WORKER = sessionId(0x100000000000001n);
/** Owns nodes, and goes on. */
const THERE = sessionId(0x200000000000001n);

class Grower {
  readonly tree = DataTree.fresh({ extendedTypes: false });
  private lastZxid = 0n;

  create(path: string, owner: SessionId = NO_SESSION): void {
    this.tree.createNode(path, DATA, null, newStat(zxid(++this.lastZxid), 0, owner), -1);
  }

  setData(path: string): void {
    this.tree.setData(path, DATA, 1, zxid(++this.lastZxid), 0);
  }

  delete(path: string): void {
    this.tree.deleteNode(path, zxid(++this.lastZxid));
  }

  end(owner: SessionId): void {
    this.tree.killSession(owner, [...this.tree.ephemerals(owner)], zxid(++this.lastZxid));
  }
}

const pathsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `/payout/order${index}`);

/** Nodes that are there already. They are used again: what is new in memory is moved about, and that takes time. */
function growerWith(paths: readonly string[], owner: SessionId): Grower {
  const key = `${paths.length} ${owner}`;
  const grower = growers.get(key) ?? new Grower();
  if (!growers.has(key)) for (const path of ['/payout', ...paths]) grower.create(path, owner);
  growers.set(key, grower);
  return grower;
}

const growers = new Map<string, Grower>();

export default [
  slope({
    gap: '01.4',
    name: 'a node comes, changes and goes at the same cost, however many brothers it has',
    invariant: 'What is done for one node does not depend on how many others there are.',
    points: 2,
    of: 'nodes',
    sizes: [250, 1000, 4000],
    limit: 1.5,
    prepare: (size) => {
      const grower = growerWith(pathsOf(size), NO_SESSION);
      const paths = pathsOf(size).map((path) => `${path}-new`);
      return () => {
        for (const path of paths) {
          grower.create(path);
          grower.setData(path);
          grower.delete(path);
        }
      };
    },
  }),
  slope({
    gap: '01.5',
    name: 'a session ends at the same cost, however many nodes others have',
    invariant: 'What is done for one session does not depend on how many others there are.',
    points: 2,
    of: 'nodes of others',
    sizes: [250, 2000, 16_000],
    limit: 0.5,
    prepare: (size) => {
      const grower = growerWith(pathsOf(size), THERE);
      const owners = Array.from({ length: ENDED_SESSIONS }, (_, index) => sessionId(THERE + 1n + BigInt(index)));
      return () => {
        for (const owner of owners) {
          for (const name of ['a', 'b']) grower.create(`/payout/${owner}${name}`, owner);
          grower.end(owner);
        }
      };
    },
  }),
  ratio({
    gap: '01.5',
    name: 'all of it takes about as long as with our answer',
    invariant: 'What is done for one node does not depend on how many others there are.',
    prepare: () => {
      const grower = new Grower();
      const paths = pathsOf(5000);
      grower.create('/payout');
      return () => {
        for (const path of paths) grower.create(path, WORKER);
        for (const path of paths) grower.setData(path);
        grower.end(WORKER);
      };
    },
  }),
];
