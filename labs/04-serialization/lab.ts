import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'Serialization',
  goal: 'Turn requests into the bytes that every client and server reads alike, and survive bytes that were meant to hurt.',
  file: 'binary-archive.ts',
  effortMinutes: [45, 90],
  after: [],
  points: 38,
  gaps: [
    {
      id: '04.1',
      title: 'Room for more',
      hints: [
        'Most calls find room: look first whether position + bytes is beyond the end of the memory.',
        'A Buffer can not grow. Make a larger one, copy what was written into it, and put it in the place of the old one. Something else refers to the old one, too.',
        'If each new memory is only a little larger than the last, a million small writes copy everything a million times. Double it. But a single write can need more than twice of what there is.',
      ],
    },
    {
      id: '04.2',
      title: 'Strings, buffers and vectors, written',
      hints: [
        'charCodeAt gives a unit: a number of 16 bits. How many bytes does it take, for which range? The bits of 0x20ac go as 1110xxxx 10xxxxxx 10xxxxxx.',
        'The length that is written first counts bytes, not units. Functions for UTF-8 are of no use: they join the two units of a character such as 💰.',
        'Null is the length -1 and nothing else. Everything else has its real length, and the empty string has 0.',
        'writeJuteString writes into the memory as it is. Who made room for what it writes? A Buffer ignores what is written behind its end, and says nothing.',
        'A vector is a count, then as many elements. The caller knows how one of them is written: hand it the archive.',
      ],
    },
    {
      id: '04.3',
      title: 'The next bytes',
      hints: [
        'Three steps: are there so many bytes, remember where they begin, move on.',
        'The memory may go on behind `end`: there lies the next message, perhaps of the same client. What is left is counted from `position` to `end`.',
      ],
    },
    {
      id: '04.4',
      title: 'Strings and buffers, read',
      hints: [
        'Of all lengths, -1 means null, 0 to maxElementBytes are real, and all others are unreasonable.',
        'Whether the bytes are there is not for readLength to say. `take` does, and it may fetch them first, from a file for example.',
        'While `take` fetches, `memory` may become another one, and so may every offset into it. Look at `this.memory` only after `take` has returned.',
        'If a check got bytes that are all `db`: that is what the simulated network writes over each chunk as soon as the server has handled it. The memory of a buffer that you hand out must be its own. `subarray` makes a view of the old one; Buffer.from(buffer) and Buffer.concat copy.',
      ],
    },
    {
      id: '04.5',
      title: 'Vectors, read',
      hints: [
        'The count comes from a peer. It may say two thousand million, and then the connection ends. What has been done by then, and how much memory was taken for it?',
        'Null is the count -1. A smaller one is an error.',
      ],
    },
  ],
});
