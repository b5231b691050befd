import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Quorums',
  goal: 'Decide which servers may speak for all, so that two halves of an ensemble never go different ways.',
  file: 'quorums.ts',
  effortMinutes: [40, 80],
  after: [],
  points: 35,
  gaps: [
    {
      id: '14.1',
      title: 'A majority',
      hints: [
        'Two sets of servers that may both decide must have a server in common. How large do they have to be, of four?',
        'Exactly half is not enough: the other half would think the same of itself. And who has no vote must not help.',
        'Count those of the set that are voters, and compare twice that number with the number of voters. Nothing is rounded then.',
      ],
    },
    {
      id: '14.2',
      title: 'The weight of a vote',
      hints: [
        'Three cases: the server votes and a weight was given, it votes and none was given, it does not vote.',
        '0 is a weight that somebody may give. What do `||` and `??` make of it?',
      ],
    },
    {
      id: '14.3',
      title: 'A mistake in the groups',
      hints: [
        'Go through the groups once, and keep for each server the group in which you have met it. Then what is known of a server in two groups, and of one in none?',
        'A server that stands in two groups helps to win both. Draw three groups with such servers, and two sets of servers that have nobody in common.',
        'Besides the groups, look at each weight: is it of a server, is it negative, is it of an observer and not 0? In the end: is there a participant whose vote weighs anything?',
        'A mistake is an object with the key of the line that is wrong, such as `group.2`, and a clause that says what about it. The words are yours.',
      ],
    },
    {
      id: '14.4',
      title: 'A group is won',
      hints: [
        'The same question as for a majority, but with weights: how much of the group has agreed, and how much is there in all?',
        'The set may hold servers of other groups. The group is what you go through.',
        'What becomes of a group in which all weights are 0? Nothing is not more than half of nothing.',
      ],
    },
    {
      id: '14.5',
      title: 'The groups decide',
      hints: [
        'Once more the same question, one floor up: how many groups are won, and of how many?',
        'A group whose servers all have the weight 0 can never be won. If it counted among the groups, it would always be a vote against.',
        'To add up the weights of all groups is something else. Two large groups would then decide about ten small ones.',
      ],
    },
    {
      id: '14.6',
      title: 'How much may fail',
      hints: [
        'Take the side of bad luck: you want to stop the ensemble with as few failures as you can. In which groups do they have to happen, and in how many?',
        'A group is out of the game when those that are left do not win it. In which order do you let its servers fail?',
        'Work out for each group how many failures it costs. Half of the groups, rounded up, are enough: the cheapest ones. One failure less, and the ensemble goes on. A group without weight costs nothing, and is none.',
      ],
    },
  ],
});
