/** How the watches do when there are many. */

import { TreeWatches, type Watcher, WatchManager } from '#02-watch/watch-manager.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { zxid } from '#06-network-protocol/ids.js';
import { ratio, slope } from '../runner/bench-checks.js';

const AT = zxid(7n);
const PATHS_EACH = 5;

const watchersOf = (count: number): Watcher[] => Array.from({ length: count }, () => ({ process() {} }));
const pathsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `/payout/order${index}`);

/** Those who watch already, and go on. They are used again: what is new in memory is moved about, and that takes time. */
function managerWith(count: number): WatchManager {
  const manager = managers.get(count) ?? new WatchManager();
  if (!managers.has(count)) {
    for (const [index, watcher] of watchersOf(count).entries()) {
      for (let i = 0; i < PATHS_EACH; i++) manager.add(`/there/${(index * 7 + i) % count}`, watcher);
    }
  }
  managers.set(count, manager);
  return manager;
}

const managers = new Map<number, WatchManager>();

export default [
  slope({
    gap: '02.2',
    name: 'a connection goes at the cost of its own watches, however many there are',
    invariant: 'What is done for one connection does not depend on the watches of others.',
    points: 2,
    of: 'connections',
    sizes: [100, 400, 1600],
    limit: 1.5,
    prepare: (size) => {
      const manager = managerWith(size);
      const watchers = watchersOf(size);
      return () => {
        for (const [index, watcher] of watchers.entries()) {
          for (let i = 0; i < PATHS_EACH; i++) manager.add(`/payout/${(index * 7 + i) % size}`, watcher);
          manager.removeWatcher(watcher);
        }
      };
    },
  }),
  slope({
    gap: '02.4',
    name: 'an event costs the same, however many watch other paths',
    invariant: 'What is done for one change depends on those who wait for it, and on nothing else.',
    points: 2,
    of: 'watches',
    sizes: [250, 1000, 4000],
    limit: 1.5,
    prepare: (size) => {
      const manager = managerWith(size);
      const [watcher] = watchersOf(1) as [Watcher];
      manager.add('/payout', watcher);
      const paths = pathsOf(size);
      return () => {
        for (const path of paths) {
          manager.add(path, watcher);
          manager.trigger(path, EventType.NodeDataChanged, AT, null);
        }
      };
    },
  }),
  ratio({
    gap: '02.5',
    name: 'changes that nobody waits for, and some that many do, take about as long as with our answer',
    invariant: 'What is done for one change depends on those who wait for it, and on nothing else.',
    prepare: () => {
      const watches = new TreeWatches();
      const watchers = watchersOf(200);
      const paths = pathsOf(5000);
      for (const watcher of watchers) watches.addPersistent('/payout', watcher);
      return () => {
        for (const path of paths) watches.dataChanged(path, AT, null);
        for (const path of paths.slice(0, 20)) watches.nodeCreated(path, AT, null, null);
      };
    },
  }),
];
