/** The words of the book, each in a sentence or two. The text marks them where a page uses them first. */

export interface GlossaryEntry {
  /** As the text writes it inside a sentence. */
  readonly term: string;
  /** Other forms that mean the same. */
  readonly also?: readonly string[];
  readonly meaning: string;
  /** The chapter that says more: its folder. */
  readonly chapter: string;
}

export const glossary: readonly GlossaryEntry[] = [
  {
    term: 'ACL',
    also: ['ACLs', 'access control list'],
    meaning: 'The list on a node that says who may do what with it. It is not inherited by the nodes below.',
    chapter: '03-acl',
  },
  {
    term: 'ensemble',
    also: ['ensembles'],
    meaning: 'The servers that together are one ZooKeeper. It works as long as a majority of the voting ones can talk.',
    chapter: '08-cluster-startup',
  },
  {
    term: 'ephemeral node',
    also: ['ephemeral nodes', 'ephemeral', 'ephemerals'],
    meaning: 'A node that belongs to the session which created it, and is deleted when that session ends.',
    chapter: '01-data-model',
  },
  {
    term: 'epoch',
    also: ['epochs'],
    meaning: 'The reign of one leader, counted upwards. It is the upper half of every zxid that this leader gives out.',
    chapter: '29-zab',
  },
  {
    term: 'follower',
    also: ['followers'],
    meaning: 'A server that votes, acknowledges what the leader proposes, and answers reads from its own tree.',
    chapter: '18-follower',
  },
  {
    term: 'four-letter word',
    also: ['four-letter words'],
    meaning: 'A plain question of four letters, such as ruok, that a server answers on its client port with text.',
    chapter: '26-monitoring',
  },
  {
    term: 'frame',
    also: ['frames'],
    meaning: 'A length of four bytes and so many bytes after it: how packets are told apart in a stream of bytes.',
    chapter: '06-network-protocol',
  },
  {
    term: 'fuzzy snapshot',
    also: ['fuzzy snapshots'],
    meaning:
      'A snapshot that is written while the tree goes on changing. It is no state that ever was; the log makes it right again.',
    chapter: '32-storage',
  },
  {
    term: 'group commit',
    meaning: 'One sync of the disk makes all requests durable that have come in meanwhile.',
    chapter: '32-storage',
  },
  {
    term: 'herd effect',
    also: ['herd'],
    meaning: 'Many clients wait for the same change and all wake up for it, although only one of them can go on.',
    chapter: '21-distributed-lock',
  },
  {
    term: 'leader',
    also: ['leaders'],
    meaning: 'The one server of an ensemble that turns writes into transactions and puts them into an order.',
    chapter: '17-leader',
  },
  {
    term: 'learner',
    also: ['learners'],
    meaning: 'A server that takes its state from a leader: a follower or an observer.',
    chapter: '16-leader-follower-sync',
  },
  {
    term: 'linearizable',
    meaning: 'As if every operation happened at one moment between its call and its return, in one order for all.',
    chapter: '29-zab',
  },
  {
    term: 'observer',
    also: ['observers'],
    meaning: 'A server that is told of every commit but does not vote: it adds readers without slowing writes.',
    chapter: '19-observer',
  },
  {
    term: 'opcode',
    also: ['opcodes'],
    meaning: 'The number in the header of a request that says which operation it is.',
    chapter: '06-network-protocol',
  },
  {
    term: 'proposal',
    also: ['proposals'],
    meaning: 'A transaction that the leader sends to the followers. It counts when a quorum has it on disk.',
    chapter: '31-two-phase-commit-in-zookeeper',
  },
  {
    term: 'quorum',
    also: ['quorums'],
    meaning: 'A set of servers large enough to decide. Any two quorums share a server; usually it is a majority.',
    chapter: '14-leader-election',
  },
  {
    term: 'sequential node',
    also: ['sequential nodes', 'sequential'],
    meaning:
      'A node to whose name the server adds a number of ten digits that grows with each one below the same parent.',
    chapter: '01-data-model',
  },
  {
    term: 'session time-out',
    also: ['session timeout'],
    meaning: 'How long a client may be silent before the server ends its session. The client asks, the server decides.',
    chapter: '09-session-creation',
  },
  {
    term: 'session',
    also: ['sessions'],
    meaning:
      'What connects a client with the service, over broken connections and other servers, until it is closed or expires.',
    chapter: '09-session-creation',
  },
  {
    term: 'snapshot',
    also: ['snapshots'],
    meaning: 'The whole tree and all sessions, written into one file.',
    chapter: '32-storage',
  },
  {
    term: 'Stat',
    meaning: 'The numbers that come with a node: three versions, four zxids and times, the owner, sizes.',
    chapter: '01-data-model',
  },
  {
    term: 'transaction log',
    also: ['transaction logs'],
    meaning: 'The file to which every transaction is appended, and synced, before anybody is told that it happened.',
    chapter: '20-data-files',
  },
  {
    term: 'transaction',
    also: ['transactions'],
    meaning: 'A write as the tree is to do it, with all that had to be decided decided: applying it can not fail.',
    chapter: '12-request-processors',
  },
  {
    term: 'watch',
    also: ['watches'],
    meaning: 'A request to be told of the next change of a node. It says that something changed, not what.',
    chapter: '02-watch',
  },
  {
    term: 'xid',
    also: ['xids'],
    meaning: 'The number that a client gives to a request, and finds again in its reply.',
    chapter: '06-network-protocol',
  },
  {
    term: 'ZAB',
    meaning: 'ZooKeeper Atomic Broadcast: how the servers agree on the same transactions in the same order.',
    chapter: '29-zab',
  },
  {
    term: 'znode',
    also: ['znodes'],
    meaning: 'A node of the tree: a path, some bytes, a Stat, an ACL, and nodes below it.',
    chapter: '01-data-model',
  },
  {
    term: 'zxid',
    also: ['zxids'],
    meaning:
      'The number of a transaction, 64 bits: epoch and counter. A larger one happened later, and no two are the same.',
    chapter: '29-zab',
  },
];

/** What stands behind the # in its address. */
export const termId = (term: string): string => term.toLowerCase().replaceAll(' ', '-');
