import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'The tree and its numbers',
  goal: 'Create, change and delete nodes so that every number of every Stat is exact, also after a restart.',
  file: 'data-tree.ts',
  effortMinutes: [60, 120],
  after: [],
  points: 40,
  gaps: [
    {
      id: '01.1',
      title: 'What a client is told',
      hints: [
        'Eight of the eleven numbers are copied. Which three are not, says the comment.',
        'The node knows how many children were created (its cversion), and how many there are now (childCount). How many were deleted? And how many changes are that in all?',
        '`kind` tells what the owner field means. Only for one of the four kinds is it a session. To keep a sum to 32 bits as the wire does, write `| 0` behind it.',
      ],
    },
    {
      id: '01.2',
      title: 'A node is created',
      hints: [
        'First the parent: without it nothing may happen. `require` throws what is asked for.',
        'The trace in the parent has two numbers and one condition for both. Set neither of them when the parent has this cversion already.',
        'If the node is there, it is a replay. The parent may still need its trace, so leave it before you look whether the node is there. Then give the node its list of rights, and throw NodeExists.',
        '`acls.use` gives the number of a list for a new DataNode. `insert` does the rest. The listener comes last, with the list of the node and the list of its parent.',
      ],
    },
    {
      id: '01.3',
      title: 'A node is changed',
      hints: [
        'The new version is handed in. Whoever made the transaction has worked it out, and in a replay the node may have a later one than you think.',
        '`replaceData` and `replaceAcl` change the node and all that is counted. The numbers are yours: which ones does a client see change after setData, and which one after setACL?',
        'Who watches a node waits for other data. Another list of rights is none of their business.',
      ],
    },
    {
      id: '01.4',
      title: 'A node is deleted',
      hints: [
        'Only one number of the parent changes. Its cversion counts creates; what the client sees goes up by itself, since a child is missing.',
        'In a replay the parent may be newer than this delete, or older. It may be older even when the node is gone already: leave the trace before you ask for the node.',
        'The listener has to be told the list of rights that the node had. After `remove` it may be forgotten.',
      ],
    },
    {
      id: '01.5',
      title: 'A session ends',
      hints: [
        'The transaction names the paths, and every server has to delete them in that order. `deleteNode` does all that belongs to it.',
        'In a replay some of the nodes are gone already, and deleteNode throws. The next one still has its turn.',
        'deleteNode changes the set that `ephemerals` gives you. Copy it first. What the session owned and the list did not have comes last, and is returned.',
      ],
    },
  ],
});
