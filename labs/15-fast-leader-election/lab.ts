import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Fast leader election',
  goal: 'Elect one leader among servers that crash, come late and talk past each other, and vote among Apache ZooKeeper’s own.',
  file: 'election-round.ts',
  effortMinutes: [90, 180],
  after: ['14'],
  points: 47,
  gaps: [
    {
      id: '15.1',
      title: 'The total order',
      hints: [
        'Three numbers speak for a candidate. Which one decides when all three are different?',
        'Go through them in their order: as soon as two are different, the answer is there, and the next number is not looked at. What is the answer when all are the same?',
        'The weight comes before everything else, and only that of the challenger. There may be two configurations, and a vote has weight if it has some in either: `every`, or `some`, and `weightOf(…) === 0`.',
      ],
    },
    {
      id: '15.2',
      title: 'A quorum',
      hints: [
        'How many servers there are does not help: `containsQuorum` of a verifier knows which sets of servers are enough. You find the set.',
        'Collect the ids of those whose last word is the same vote, by `sameVote`, and ask each of the verifiers.',
      ],
    },
    {
      id: '15.3',
      title: 'The vote of a server that is looking',
      hints: [
        'Write the three cases one below the other: an earlier round, a later round, the same one. The first ends at once. What comes after the other two is nearly the same.',
        'In a later round everything begins anew: the number, the votes, and your own proposal, which is the initial vote again. Only then compare it with what you have heard.',
        '`propose` changes your own vote, and counts it. The order matters: what you `propose` before the votes are cleared is gone.',
        'The sender’s vote is kept whether it was better or not. And the others must hear of you in each case in which you say something that they have not heard: another candidate, or another round.',
      ],
    },
    {
      id: '15.4',
      title: 'When to stop waiting',
      hints: [
        'You have no timer. All you can do is to remember since when there has been a quorum, and for which vote: `waiting`.',
        'Three cases: no quorum, a quorum for the vote that you are waiting for already, a quorum for another one.',
        'Votes are the same if `sameVote` says so: then the same candidate in another round is another vote. A quorum that is lost and comes back begins anew, so forget it when it is gone.',
      ],
    },
    {
      id: '15.5',
      title: 'There is a leader already',
      hints: [
        'Two collections, two chances. The word goes into the first only if its round is yours; into the second always.',
        'A quorum that says "we follow 3" may be right, or may not have noticed that 3 is gone. Who has to have spoken as well?',
        '`isThere`: for another server look for its own last word among the votes. For yourself nobody’s word counts: ask whether the round is the one in which you are.',
        'If it was the second collection that has convinced you, the round of that vote is yours from now on.',
      ],
    },
    {
      id: '15.6',
      title: 'Who gets an answer',
      hints: [
        'Draw two servers, and an arrow for each message. For which answers is there an answer to the answer?',
        'First the sender: only who is looking is answered. Then yourself: if you have a leader, everybody who looks wants to hear of it.',
        'If you are looking too, compare the rounds. A voter in your round hears you anyway. One without a vote does not, but in a later round your word means nothing to it.',
      ],
    },
  ],
});
