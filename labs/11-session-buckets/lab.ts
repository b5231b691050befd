import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Session buckets',
  goal: 'Expire thousands of silent sessions on time, with a single timer.',
  file: 'expiry-queue.ts',
  effortMinutes: [45, 90],
  after: [],
  points: 31,
  gaps: [
    {
      id: '11.1',
      title: 'The bucket of a time',
      hints: [
        'Draw the time line for intervals of 1000 ms. In which interval is 1500? And 2000, if an interval holds its beginning and not its end?',
        'Count the intervals that are wholly over at that time. The bucket is the end of the one after them.',
        'Dividing and rounding down gives the number of intervals that are over; one more, times the width. Mind how many bits the operators that you use keep.',
      ],
    },
    {
      id: '11.2',
      title: 'A sign of life',
      hints: [
        'There are two maps: one from a time to a bucket, one from an element to the time of its bucket. Both have to say the same when you are done.',
        'Three cases: it stays in its bucket, it goes to another one, it is new. In the first there is nothing to do, and it is the most frequent one.',
        'A rare case is in the comment: an element that is in no bucket may be one that is being expired at this moment. Then it is in `expiring`, and it is too late for it.',
      ],
    },
    {
      id: '11.3',
      title: 'A session that is closed',
      hints: [
        'It has to leave both maps. Others may wait in the same bucket.',
        'An element that is not in the queue may still be in `expiring`: between being taken out and being told of. Then that is where it has to be removed from.',
      ],
    },
    {
      id: '11.4',
      title: 'One bucket expires',
      hints: [
        'nextBucketMs says which bucket is due next, and so when. A caller that has slept too long asks at a time that is later than that.',
        'After a bucket was taken, the next one is one interval later: not the one after now. What would become of the buckets between?',
        'Nothing may be left of the elements that you give out: neither in `buckets` nor in `bucketOf`. Often there is no bucket for that time at all.',
      ],
    },
    {
      id: '11.5',
      title: 'Everything that is due',
      hints: [
        'Keep the batch in `expiring` while you tell of it, so that others can see who is on the way: remove takes an element out of there (11.3), and update says false of one that is there (11.2). It shows only now whether they do.',
        'A Set may lose elements while a for loop goes through it: those that are gone before their turn are not visited. Take each element out of `expiring` before you tell of it, so that it may come back as a new one.',
        'waitMs says whether there is another bucket to poll. After a long sleep there are hundreds of thousands of them: a loop goes through them, but a function that calls itself for each of them does not come far.',
      ],
    },
  ],
});
