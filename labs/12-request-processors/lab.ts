import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Changes that are under way',
  goal: 'Decide requests on what will be true when all before them is done, and take back what fails.',
  file: 'outstanding-changes.ts',
  effortMinutes: [60, 120],
  after: ['01'],
  points: 42,
  gaps: [
    {
      id: '12.1',
      title: 'What the next request finds',
      hints: [
        'There are two places to look: the records of what is under way, and the tree. Which of them knows better?',
        'A record that says that the node will not exist is an answer, too. The tree still has the node then, and is not to be asked.',
        '`recordInTree` makes a record of a node of the tree, and `nextRecord` one to be changed. Before `add` puts a record into `newest`, `replaced` has to know what stood there.',
        'Children that come are counted in cversion, those that go are not; both leave the zxid of their transaction in pzxid.',
      ],
    },
    {
      id: '12.2',
      title: 'A request that fails leaves nothing',
      hints: [
        'When a request begins, nothing is there yet that could be taken back: `replaced` is empty.',
        'What was put last has to be taken back first. If a request has added two records for one path, the second one has replaced the first.',
        'Taking back a record means three things: `newest` has what it had before, be it an older record or nothing; the list of records is shorter by one; `replaced` does not know it any more.',
        'A KeeperException is an answer to the client. Anything else is a fault of the server, and must not be made into an answer.',
      ],
    },
    {
      id: '12.3',
      title: 'All steps or none',
      hints: [
        'Nothing special has to be done for one step to see the one before: its records are there already.',
        'After the first failure no step is prepared any more. Each of them still needs an answer of its own.',
        'The records of the steps before the failed one are taken back as well. Their transactions stay in the result: they say which steps would have been possible.',
      ],
    },
    {
      id: '12.4',
      title: 'It is in the tree now',
      hints: [
        'The records stand in the order of their zxids, oldest first. So those that have done their work stand at the front, and `head` says where the others begin.',
        'One transaction may have many records. And between two calls several transactions may have gone by.',
        'A record leaves `newest` only if it still stands there: the next transaction may have put a newer one.',
        'An array from which the front is never cut off grows for ever; one from which it is cut off each time is copied each time. Empty it when all is done, and cut it now and then.',
      ],
    },
    {
      id: '12.5',
      title: 'What goes with a session',
      hints: [
        'Begin with a copy of what the tree has for this session. Then go through the records, oldest first.',
        'A record that says that a node will not exist takes its path out, whoever deletes it. One of a node of this session puts it in.',
        'A node may be deleted and created again by somebody else. Then it has the same path, and is none of this session any more. Going through the records in order makes that right by itself.',
      ],
    },
  ],
});
