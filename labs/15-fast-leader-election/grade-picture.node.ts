/**
 * The last picture of lab 15: the learner's own server votes in an ensemble of three processes, beside two servers of
 * Apache ZooKeeper where they are installed, else beside two of ours. What it says and hears is drawn as it passes its
 * connections; what the others think of it they say in their own logs.
 */
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { decodeNotification } from '#15-fast-leader-election/notification.js';
import { shortVoteText } from '#15-fast-leader-election/vote-text.js';
import { EnsembleUnderTest, eventually } from '#testing/apache-ensemble.node.js';
import { peers } from '#testing/peers.node.js';
import { VotingMember, type VotingMemberOptions } from '#testing/voting-member.node.js';
import { startZoowalkProcess } from '#testing/zoowalk-process.node.js';
import type { DiagramEntry } from '../runner/result.js';
import { sequenceDiagram } from '../runner/sequence-diagram.js';
import { terminalPaint } from '../runner/terminal.node.js';

const YOURS = 2;
/** Of what is said in one scene. */
const MOST_MESSAGES = 14;

/** Another server of the ensemble. */
interface Neighbour extends AsyncDisposable {
  logText(): string;
}

const isApaches = peers.apacheServer.isInstalled();
const nameOf = (id: number | ServerId): string =>
  Number(id) === YOURS ? 'your server 2' : `${isApaches ? "Apache's" : 'our'} server ${id}`;

/** What a server writes into its log when it has decided. */
const DECIDED = isApaches
  ? /(LEADING|FOLLOWING) - LEADER ELECTION TOOK - \d+ MS/g
  : /(leading|following): round \d+ was won by .*/g;

class Picture {
  private readonly entries: DiagramEntry[] = [];
  private readonly startedMs = performance.now();
  private messages = 0;

  scene(text: string): void {
    this.messages = 0;
    this.add('note', '', '', text);
  }

  event(id: number, text: string): void {
    this.add('event', nameOf(id), '', text);
  }

  message(way: 'to' | 'from', peer: ServerId, bytes: Parameters<typeof decodeNotification>[0]): void {
    if (++this.messages > MOST_MESSAGES) return;
    const [from, to] = way === 'to' ? [YOURS, peer] : [peer, YOURS];
    this.add('packet', nameOf(from), nameOf(to), shortVoteText(decodeNotification(bytes).vote));
  }

  lines(): string[] {
    return sequenceDiagram(this.entries, terminalPaint({ ascii: process.argv.includes('--ascii') }));
  }

  private add(kind: DiagramEntry['kind'], from: string, to: string, text: string): void {
    this.entries.push({ atMs: performance.now() - this.startedMs, kind, from, to, text, isLost: false });
  }
}

async function startNeighbour(zoo: EnsembleUnderTest, id: number): Promise<Neighbour> {
  if (isApaches) return zoo.startApache(id);
  const { clientPort, dataDir } = zoo.member(id);
  return startZoowalkProcess({ myId: id, port: clientPort, dataDir, config: zoo.configOf(id) });
}

const decisions = (server: Neighbour): string[] => server.logText().match(DECIDED) ?? [];

async function show(): Promise<void> {
  const picture = new Picture();
  await using zoo = await EnsembleUnderTest.plan([1, YOURS, 3]);
  const yours = (log: VotingMemberOptions): Promise<VotingMember> =>
    VotingMember.start(zoo, YOURS, {
      ...log,
      connections: { passed: (way, peer, message) => picture.message(way, peer, message) },
    });

  picture.scene('Your server has the longest log. Server 1 starts, too');
  await using first = await yours({ epoch: 1, zxid: 0x1_0000_0009n });
  await using one = await startNeighbour(zoo, 1);
  await eventually(
    'your server leads',
    () => first.stateText === `leading ${YOURS}`,
    () => first.stateText,
  );
  picture.event(YOURS, 'leads');
  await eventually('server 1 comes to follow it', () => first.followers.includes(1), one.logText);
  picture.event(1, 'comes to follow you');

  picture.scene('Server 3 starts: it has the largest id, and comes too late for that');
  await using three = await startNeighbour(zoo, 3);
  await eventually('server 3 comes to follow yours', () => first.followers.includes(3), three.logText);
  picture.event(3, 'comes to follow you');

  picture.scene('Your server is killed');
  const before = new Map([one, three].map((server) => [server, decisions(server).length]));
  const leads = (server: Neighbour): boolean =>
    decisions(server)
      .slice(before.get(server))
      .some((line) => /^leading(?! - .* 2$)/i.test(line));
  await first[Symbol.asyncDispose]();
  await eventually(
    'one of the others leads',
    () => leads(one) || leads(three),
    () => one.logText() + three.logText(),
  );
  const leader = leads(three) ? 3 : 1;
  picture.event(leader, 'leads');

  picture.scene('Your server comes back, with an empty log');
  await using second = await yours({});
  await eventually(
    'yours follows',
    () => second.stateText === `following ${leader}`,
    () => second.stateText,
  );
  picture.event(YOURS, `follows server ${serverId(BigInt(leader))}`);

  const words = [
    [1, one],
    [3, three],
  ] as const;
  const said = words.map(([id, server]) => `  ${nameOf(id)} says: ${decisions(server).at(-1) ?? 'nothing'}`);
  console.log(['', ...picture.lines(), '', ...said, ''].join('\n'));
}

console.log(
  `\nYour file among ${isApaches ? 'servers of Apache ZooKeeper' : 'our servers (Apache ZooKeeper is not installed here)'} …`,
);
await show();
process.exit(0);
