import { describe, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import { sameVote, type Vote } from '#14-leader-election/vote.js';
import { proves } from '#testing/proves.js';

const LOOKING: Vote = {
  leader: serverId(3n),
  zxid: zxid(0x1_0000_0007n),
  peerEpoch: 1n,
  electionEpoch: 5n,
  state: 'looking',
  version: 2,
};

const CHANGES: [string, Partial<Vote>][] = [
  ['leader', { leader: serverId(2n) }],
  ['zxid', { zxid: zxid(0x1_0000_0008n) }],
  ['electionEpoch', { electionEpoch: 6n }],
  ['peerEpoch', { peerEpoch: 2n }],
];

describe('votes are the same', () => {
  const [follower, leader]: Vote[] = [
    { ...LOOKING, state: 'following' },
    { ...LOOKING, state: 'leading' },
  ] as const;

  test.each(CHANGES)('while one of their servers looks: not with another %s', (_, change) => {
    expect(sameVote(LOOKING, { ...LOOKING, version: 1 })).toBe(true);
    expect(sameVote(LOOKING, { ...LOOKING, ...change })).toBe(false);
    expect(sameVote({ ...follower, ...change }, LOOKING)).toBe(false);
    expect(sameVote(LOOKING, { ...leader, ...change })).toBe(false);
    proves('EL-10');
  });

  test.each(CHANGES)('when both servers have a leader, and another %s', (field, change) => {
    const matters = field === 'leader' || field === 'peerEpoch';
    expect(sameVote(follower, { ...leader, ...change })).toBe(!matters);
    proves('EL-10');
  });

  test('when both have a leader, and one is of a release that does not say its epoch: by the leader only', () => {
    const old = { ...leader, version: 0, peerEpoch: -1n };
    expect(sameVote(follower, old)).toBe(true);
    expect(sameVote(old, follower)).toBe(true);
    expect(sameVote({ ...follower, version: 0 }, old)).toBe(false);
    expect(sameVote(follower, { ...old, leader: serverId(1n) })).toBe(false);
    proves('EL-10');
  });
});
