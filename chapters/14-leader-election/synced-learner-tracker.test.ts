import { expect, test } from 'vitest';
import { parseQuorum } from '#14-leader-election/quorum-config.js';
import { serverId } from '#14-leader-election/server-id.js';
import { SyncedLearnerTracker } from '#14-leader-election/synced-learner-tracker.js';

const quorum = (ids: number[], observers: number[] = []) =>
  parseQuorum(
    [
      ...ids.map((id) => `server.${id}=zoo${id}:1:2`),
      ...observers.map((id) => `server.${id}=zoo${id}:1:2:observer`),
    ].join('\n'),
    'servers',
  );
const [one, two, three, four] = [serverId(1n), serverId(2n), serverId(3n), serverId(4n)];

test('a decision has to have a quorum in each configuration', () => {
  const tracker = new SyncedLearnerTracker([quorum([1, 2, 3]), quorum([2, 4], [3])]);
  expect(tracker.addAck(one)).toBe(true);
  expect(tracker.addAck(two)).toBe(true);
  expect(tracker.hasAllQuorums()).toBe(false);
  expect(tracker.addAck(three)).toBe(true);
  expect(tracker.hasAllQuorums()).toBe(false);
  expect(tracker.addAck(four)).toBe(true);
  expect(tracker.hasAllQuorums()).toBe(true);
  expect(tracker.toText()).toBe('[1, 2, 3],[2, 4]');
});

test('who has no vote in any of them does not count', () => {
  const tracker = new SyncedLearnerTracker([quorum([1, 2], [3])]);
  expect(tracker.addAck(three)).toBe(false);
  expect(tracker.addAck(four)).toBe(false);
  expect(tracker.toText()).toBe('[]');
});

test('a server has a say in all of them, or not', () => {
  const tracker = new SyncedLearnerTracker([quorum([1, 2, 3]), quorum([2, 4], [3])]);
  expect([one, two, three, four].map((id) => tracker.hasSid(id))).toEqual([false, true, false, false]);
});
