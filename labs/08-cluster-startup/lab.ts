import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'The life of a peer',
  goal: 'Lead a server through looking, leading, following and observing, so that it never does two of them at once.',
  file: 'peer-state-machine.ts',
  effortMinutes: [45, 90],
  after: [],
  points: 32,
  gaps: [
    {
      id: '08.1',
      title: 'A leader is elected',
      hints: [
        'Whoever hears the name of the leader can be in three situations: it is the name of this server, or of another one that this server may vote on, or may not.',
        'Others are told of this server by its vote: the new state has to stand in it as well.',
        'Nothing may come in between: no await, no promise.',
      ],
    },
    {
      id: '08.2',
      title: 'One search',
      hints: [
        '`election` is null at the beginning, and after the one that was there has said that it was shut down.',
        'Three ends: a vote, null, an error. Only one of them makes the election useless and yet is no reason to give up.',
        'The election may have called `elected` already. Then the state is no longer looking, and calling it once more would be a mistake.',
      ],
    },
    {
      id: '08.3',
      title: 'One role',
      hints: [
        '`roles` has a function for each state: it makes the role, and `run` of that is the whole of it.',
        'While the role runs it has to stand in `role`, since stopping the server means stopping it. When it is over, nothing of it may be left: no role, no vote, no state.',
        'Making a role may fail as well as running it. `isFatal` says which errors no server can go on from; the others are a line in the log.',
      ],
    },
    {
      id: '08.4',
      title: 'The pause',
      hints: [
        'How many short roles came one after the other? The one that has just ended counts, and one that lasted starts anew.',
        'After the first one the limit is 100, after the second 200, and so on, and never more than a tick. The pause is a random number below it.',
        'An observer has a delay of its own, which does not depend on how long it has observed. Add another random number.',
      ],
    },
    {
      id: '08.5',
      title: 'The life',
      hints: [
        'One loop. What is there while the server looks, and what while it acts? `vote` tells the two apart.',
        'How long a role lasted is a difference of two times of the monotonic clock.',
        'The server may have been stopped while anything was awaited. Ask before you begin something new.',
      ],
    },
    {
      id: '08.6',
      title: 'The end',
      hints: [
        'At any moment the server searches, acts or rests. You need not find out which: ask all three to end.',
        'Whoever stops a server wants its ports. They are free when the life is over, and no sooner.',
        'The life may end with an error, of which somebody else is told. Stopping is no failure then.',
      ],
    },
  ],
});
