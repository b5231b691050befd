import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'The session handshake',
  goal: 'Give clients sessions that outlive their connections, and give each one back to nobody else.',
  file: 'session-handshake.ts',
  effortMinutes: [60, 120],
  after: ['06'],
  points: 43,
  gaps: [
    {
      id: '09.1',
      title: 'The number of a session',
      hints: [
        'Write the 64 bits as 16 hex digits: two for the server, ten for the time, four to count in. Which digits does a shift by 16 leave free, which one by 56?',
        'BigInt has no width. BigInt.asUintN(40, x) keeps the low 40 bits, and BigInt.asIntN(64, x) makes a signed number of 64 bits. BigInt(x) wants a whole number.',
        'To count on, take the 56 bits below the server apart, add one, and cut them to 56 bits again. Both functions may hit one of the two numbers that are never given: a function of your own for that serves both.',
      ],
    },
    {
      id: '09.2',
      title: 'The first number after a start',
      hints: [
        'Three things say what has been given already: the time of the youngest transaction, the last number of this server, the sessions that are open. Each of them can only raise the first number.',
        'The millisecond of the youngest transaction may be one in which this server started. So the first one that is free is the next.',
        'Go once through the open sessions. One that another server made is passed over; one that is not smaller than what you have raises it to the number after it.',
      ],
    },
    {
      id: '09.3',
      title: 'The password of a session',
      hints: [
        'Do it with BigInt, and cut with BigInt.asUintN(STATE_BITS, …) after each multiplication: then no step loses a bit, and a negative number is no special case.',
        'Four rounds, four bytes each. In the Buffer there are methods that write 32 bits with the lowest byte first.',
        'What a client sends may be missing, too short or too long. Buffer.equals says no to a different length; comparing only as many bytes as came does not.',
      ],
    },
    {
      id: '09.4',
      title: 'The decision',
      hints: [
        'The four steps stand in the comment in the order in which they are taken. Each of them may be the last.',
        'A client that has seen exactly what the server has applied is not ahead of it.',
        'Three things make a session one to give back, and all of them must hold. Whichever fails, the client is told the same. The time-out is negotiated for a session that is resumed, too.',
      ],
    },
    {
      id: '09.5',
      title: 'The answer',
      hints: [
        'All five fields of ConnectResponse are always there. isReadOnly goes in as it is, whatever became of the session.',
        'The answer to an expired session is not shorter than the other: 16 zeros stand where the password would be, and NO_SESSION where the number would be.',
      ],
    },
  ],
});
