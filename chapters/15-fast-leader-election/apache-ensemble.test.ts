/**
 * Our peers and Apache's servers vote in one ensemble. A peer of ours that follows does not follow for long, and one that
 * leads does not serve; so it is the votes that are looked at: what our peer says, and what Apache's servers make of it,
 * in their logs, in `srvr`, and in whom they call up as their leader.
 */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { serverId } from '#14-leader-election/server-id.js';
import { encodeInitialMessage } from '#15-fast-leader-election/initial-message.js';
import { encodeNotification } from '#15-fast-leader-election/notification.js';
import { EnsembleUnderTest, eventually } from '#testing/apache-ensemble.node.js';
import type { ApacheServer } from '#testing/apache-server.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { connectRaw, framed } from '#testing/raw-connection.node.js';
import { describeWithPeers } from '#testing/servers.js';
import { VotingMember } from '#testing/voting-member.node.js';

/** How often the server has come to the end of an election as a leader, or as a follower. */
function elections(server: ApacheServer, as: 'LEADING' | 'FOLLOWING'): number {
  return server.logText().split(`${as} - LEADER ELECTION TOOK`).length - 1;
}

/** Waits until one of our peers says of itself what it should. */
function becomes(member: VotingMember, stateText: string): Promise<void> {
  return eventually(
    `our server is ${stateText}`,
    () => member.stateText === stateText,
    () => `${member.stateText}\n${member.logText()}`,
  );
}

describeWithPeers([peers.apacheServer], 'one ensemble', () => {
  test('two of theirs and one of ours: all have the same leader, also when it was killed', async () => {
    proves('EL-01', 'EL-06', 'EL-07', 'EL-08', 'EL-11', 'QC-05');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3]);
    await using ours = await VotingMember.start(zoo, 1);
    let three = await zoo.startApache(3);
    await becomes(ours, 'following 3');
    await eventually('3 leads', () => elections(three, 'LEADING') === 1, three.logText);

    const two = await zoo.startApache(2);
    await eventually('3 serves', async () => (await zoo.modeOf(3)) === 'leader', three.logText);
    await eventually('2 serves', async () => (await zoo.modeOf(2)) === 'follower', two.logText);

    await zoo.kill(3);
    await eventually('2 looks', () => two.logText().split('New election').length > 2, two.logText);
    ours.peer.look();
    await becomes(ours, 'following 2');
    await eventually('2 leads', () => elections(two, 'LEADING') >= 1, two.logText);

    three = await zoo.startApache(3);
    let leader = 0;
    const oneLeads = async (): Promise<boolean> => {
      const modes = [await zoo.modeOf(2), await zoo.modeOf(3)];
      leader = 2 + modes.indexOf('leader');
      return modes.includes('leader') && modes.includes('follower');
    };
    await eventually('one of them leads the other', oneLeads, () => two.logText() + three.logText());
    // It comes late, whatever it has thought until now.
    ours.peer.look();
    await becomes(ours, `following ${leader}`);
  });

  test('one of theirs and two of ours: theirs leads, since its id is the largest', async () => {
    proves('EL-01', 'EL-09', 'QC-05');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3]);
    await using one = await VotingMember.start(zoo, 1);
    const three = await zoo.startApache(3);
    await becomes(one, 'following 3');
    await using two = await VotingMember.start(zoo, 2);
    await becomes(two, 'following 3');
    await eventually('3 leads', () => elections(three, 'LEADING') >= 1, three.logText);
    expect(elections(three, 'FOLLOWING')).toBe(0);
  });

  test('one of theirs and two of ours: ours leads, and theirs finds it again after a restart', async () => {
    proves('EL-01', 'EL-08', 'EL-09', 'EL-11');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3]);
    await using one = await VotingMember.start(zoo, 1);
    await using three = await VotingMember.start(zoo, 3);
    await becomes(three, 'leading 3');
    await becomes(one, 'following 3');
    for (const visits of [1, 2]) {
      const two = await zoo.startApache(2);
      await eventually('2 comes to follow 3', () => three.followers.length >= visits, two.logText);
      expect(elections(two, 'LEADING')).toBe(0);
      await zoo.kill(2);
    }
    expect(new Set(three.followers)).toEqual(new Set([2]));
    expect([one.followers, three.stateText]).toEqual([[], 'leading 3']);
  });

  test.each([
    ['by its epoch', { epoch: 2, zxid: 0x1_0000_0000n }, { epoch: 1, zxid: 0x1_0000_0009n }],
    ['by its zxid', { epoch: 1, zxid: 0x1_0000_0009n }, { epoch: 1, zxid: 0x1_0000_0008n }],
  ])('the smallest id leads %s', async (_why, log, otherLog) => {
    proves('EL-01', 'NF-3', 'NF-5');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3]);
    await using two = await VotingMember.start(zoo, 2, otherLog);
    await using one = await VotingMember.start(zoo, 1, log);
    const three = await zoo.startApache(3);
    await becomes(one, 'leading 1');
    await becomes(two, 'following 1');
    await eventually('3 comes to follow 1', () => one.followers.includes(3), three.logText);
    expect([two.followers, elections(three, 'LEADING')]).toEqual([[], 0]);
  });

  test('observers of both kinds find the leader, and count for nothing', async () => {
    proves('EL-02', 'EL-12', 'EL-16');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3], [4, 5]);
    const two = await zoo.startApache(2);
    const five = await zoo.startApache(5);
    await using four = await VotingMember.start(zoo, 4);
    // Three servers of five, one of them a voter: nobody can lead. Each has asked often enough by then.
    const asked = (server: ApacheServer): number => server.logText().split('Notification time out').length - 1;
    await eventually('all have asked', () => asked(two) >= 3 && asked(five) >= 3, two.logText);
    expect([four.stateText, elections(two, 'LEADING')]).toEqual(['looking', 0]);
    expect(five.logText()).not.toContain('OBSERVING');

    await using one = await VotingMember.start(zoo, 1);
    await becomes(one, 'following 2');
    await eventually('2 leads', () => elections(two, 'LEADING') >= 1, two.logText);
    const three = await zoo.startApache(3);
    let leader = 0;
    const oneLeads = async (): Promise<boolean> => {
      leader = 2 + [await zoo.modeOf(2), await zoo.modeOf(3)].indexOf('leader');
      return leader > 1 && (await zoo.modeOf(5)) === 'observer';
    };
    await eventually('one leads, and 5 observes', oneLeads, () => two.logText() + three.logText() + five.logText());
    for (const ours of [one, four]) ours.peer.look();
    await becomes(one, `following ${leader}`);
    await becomes(four, `observing ${leader}`);
  });

  test('an observer of theirs that is rounds ahead: to a voter of theirs it talks without end, to ours it does not', async () => {
    proves('ED-03');
    await using zoo = await EnsembleUnderTest.plan([1, 2, 3], [4]);
    const four = await zoo.startApache(4);
    const notifications = (): number => four.logText().split('n.sid:2').length - 1;
    await using ours = await VotingMember.start(zoo, 2);
    await lift(zoo, 4, 6n);
    await eventually('it has asked', () => four.logText().split('Notification time out').length > 4, four.logText);
    expect(notifications()).toBeLessThan(20);

    await ours[Symbol.asyncDispose]();
    const two = await zoo.startApache(2);
    await eventually('a thousand messages', () => notifications() > 1000, two.logText);
  });
});

/** Tells an observer, as server 3, that there is a later round. */
async function lift(zoo: EnsembleUnderTest, observer: number, electionEpoch: bigint): Promise<void> {
  const host = '127.0.0.1';
  const { electionPort } = zoo.member(3);
  const leader = serverId(3n);
  const vote = { leader, zxid: zxid(0n), peerEpoch: 0n, electionEpoch, state: 'looking', version: 2 } as const;
  let calls = 0;
  // It has the larger id, so it connects back.
  const server = createServer((socket) => {
    calls++;
    socket.on('error', () => {});
    socket.end(framed(encodeNotification({ vote, config: '' })));
  });
  await new Promise<void>((resolve) => server.listen(electionPort, host, resolve));
  await eventually('the observer has connected back', async () => {
    const connection = await connectRaw(zoo.member(observer).electionPort).catch(() => null);
    connection?.sendBytes(encodeInitialMessage(leader, [{ host, port: electionPort }], false));
    return calls > 0;
  });
  server.close();
}
