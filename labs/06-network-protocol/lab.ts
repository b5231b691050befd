import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Framing',
  goal: 'Find the messages in a stream of bytes, however the network has cut it, and the steps in a message.',
  file: 'framing.ts',
  effortMinutes: [45, 90],
  after: ['04'],
  points: 26,
  gaps: [
    {
      id: '06.1',
      title: 'The next frame',
      hints: [
        'Between `at` and `limit` of `memory` lie the bytes that nobody has looked at. There may be none, half of a length, half of a frame, or many frames.',
        'Ask in this order: is the length there, is it believable, is the whole frame there? Only then move.',
        'If you wait for the whole frame before you look at its length, a peer that announces two gigabytes makes you hold two gigabytes.',
      ],
    },
    {
      id: '06.2',
      title: 'Bytes that wait for the rest',
      hints: [
        'Two memories: the chunk, which is only lent to you, and `held`, which is yours. `memory` is one or the other.',
        'With nothing held, the chunk is read where it lies. With something held, the new bytes go behind it. What is left in the end has to be at the beginning of `held`, and `heldBytes` says how much it is.',
        'There may be whole frames in what is held: the caller stops early when it does not want more for now, and then pushes an empty chunk to go on.',
        'Making new memory of just the right size for each chunk copies everything again for each chunk. Let it grow by doubling. And a copy within one Buffer is copyWithin.',
      ],
    },
    {
      id: '06.3',
      title: 'Steps, written',
      hints: [
        'For each step: a MultiHeader with its type, which is not the last one, and with what `errOf` says; then its record.',
        'The last header is written always: { type: -1, done: true, err: -1 }.',
      ],
    },
    {
      id: '06.4',
      title: 'Steps, read',
      hints: [
        'Read a header, look whether it is the last one, let the caller read the step, and again.',
        'Three things could tell you that it is the last one: its type, `done`, or that there are no more bytes. Which of them means just that, and nothing else? See what type a step has that failed.',
      ],
    },
  ],
});
