/** How the change records do when many are under way. */

import { Buffer } from 'node:buffer';
import { newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { NO_SESSION, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import { nextRecord } from '#12-request-processors/change-record.js';
import { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import { ratio, slope } from '../runner/bench-checks.js';

const DONE: TxnBody = { type: OpCode.check, record: { path: '/', version: 0 } };
const NODES = 16_000;

const paths = Array.from({ length: NODES }, (_, index) => `/node${index}`);

function changesOverTree(): OutstandingChanges {
  const tree = DataTree.fresh({ extendedTypes: false, digest: false });
  for (const path of paths) tree.createNode(path, Buffer.alloc(0), null, newStat(zxid(1n), 0, NO_SESSION), -1);
  return new OutstandingChanges(tree);
}

/** As a setData: finds the node, and adds a record of it. */
function decideOne(changes: OutstandingChanges, at: Zxid): void {
  const path = paths[Number(at) % NODES] as string;
  changes.decide(() => {
    const record = nextRecord(changes.require(path), at);
    record.version++;
    changes.add(record);
    return DONE;
  });
}

export default [
  slope({
    gap: '12.2',
    name: 'a decision costs the same, however many requests are under way',
    invariant: 'What is done for one request does not depend on how many are under way.',
    points: 2,
    of: 'requests',
    sizes: [1000, 4000, 16_000],
    limit: 1.5,
    prepare: (size) => {
      const changes = changesOverTree();
      return () => {
        for (let i = 1; i <= size; i++) decideOne(changes, zxid(BigInt(i)));
      };
    },
  }),
  slope({
    gap: '12.4',
    name: 'a transaction that arrives in the tree costs the same, however many are under way',
    invariant: 'What is done for one request does not depend on how many are under way.',
    points: 2,
    of: 'transactions',
    sizes: [1000, 4000, 16_000],
    limit: 1.5,
    prepare: (size) => {
      const changes = changesOverTree();
      for (let i = 1; i <= size; i++) decideOne(changes, zxid(BigInt(i)));
      return () => {
        for (let i = 1; i <= size; i++) changes.applied(zxid(BigInt(i)));
      };
    },
  }),
  slope({
    gap: '12.4',
    name: 'a server that is never idle does not slow down',
    invariant: 'A record does its work until its transaction is in the tree, and no longer.',
    points: 2,
    of: 'transactions',
    sizes: [1000, 4000, 16_000],
    limit: 1.5,
    prepare: (size) => {
      const changes = changesOverTree();
      return () => {
        for (let i = 1; i <= size; i++) {
          decideOne(changes, zxid(BigInt(i)));
          if (i > 8) changes.applied(zxid(BigInt(i - 8)));
        }
        changes.applied(zxid(BigInt(size)));
      };
    },
  }),
  ratio({
    gap: '12.3',
    name: 'decisions take about as long as with our answer',
    invariant: 'What is done for one request does not depend on how many are under way.',
    prepare: () => {
      const changes = changesOverTree();
      const steps = [1, 2, 3];
      return () => {
        for (let i = 1; i <= 5000; i++) {
          const at = zxid(BigInt(i));
          decideOne(changes, at);
          changes.decide(() => {
            changes.decideSteps(steps, (step) => {
              changes.add(nextRecord(changes.require(paths[step] as string), at));
              return DONE;
            });
            return DONE;
          });
          if (i % 50 === 0) changes.applied(at);
        }
      };
    },
  }),
];
