import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Watches',
  goal: 'Tell every client of exactly the changes that it waits for, once each and in order.',
  file: 'watch-manager.ts',
  effortMinutes: [60, 120],
  after: ['01'],
  points: 40,
  gaps: [
    {
      id: '02.1',
      title: 'A watch is set',
      hints: [
        'What a watcher holds at a path is a number with one bit for each kind. To hold one kind more is to set one bit more.',
        'Two tables, and they have to say the same: by path, who holds what; by watcher, at which paths it holds anything.',
        'recursiveCount is the number of recursive watches that are held, no more and no less. It changes when the bit appears, and not when a watcher is new at a path, or when the same watch is set again.',
      ],
    },
    {
      id: '02.2',
      title: 'Watches are taken away',
      hints: [
        'Taking away kinds is clearing their bits. What if none is left? What if none of them was there?',
        'A path where nobody holds anything has no entry in the first table: isEmpty and the counts depend on it.',
        'removeWatcher: the second table knows all paths of a connection. A Set may lose elements while a for loop goes through it. The connection itself must not be kept, either.',
      ],
    },
    {
      id: '02.3',
      title: 'Who hears of a path',
      hints: [
        'A new Set of those at the path itself is the beginning, whatever they hold there.',
        'parentPath gives the path above. The root is above everything, and is its own parent: mind where the loop ends.',
        'On the way up only those count whose recursive bit is set. A Set keeps each of them once.',
      ],
    },
    {
      id: '02.4',
      title: 'An event',
      hints: [
        'First find out who hears of it, then tell one after the other. Take the one-shot watch away before you tell: who is told may set it anew.',
        'Only the one-shot watches at this path go. What else the same watcher holds here stays.',
        'Those who know of it already are not told. But their one-shot watch has been for this event as well.',
      ],
    },
    {
      id: '02.5',
      title: 'Which change wakes which watch',
      hints: [
        'Two sets: `data` for the nodes themselves, `children` for lists of children. In which of them does a persistent watch have to be, to hear of both? And a recursive one?',
        'A node that comes or goes is one event for its own path and one for its parent. The order is the one in the comments.',
        'Who has a data watch and a child watch at a node that is deleted hears of its end once: trigger returns who was told, and takes who is not to be told again.',
        'Each event has the list of rights of the node that it is about. NodeChildrenChanged is about the parent.',
      ],
    },
  ],
});
