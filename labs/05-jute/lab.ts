import { defineLab } from '../runner/manifest.js';

export default defineLab({
  title: 'The record compiler',
  goal: 'Write a parser by recursive descent, and a compiler that turns each type into the calls that write and read it.',
  file: 'jute-compiler.ts',
  effortMinutes: [60, 120],
  after: ['04'],
  points: 42,
  gaps: [
    {
      id: '05.1',
      title: 'Types',
      hints: [
        '`peek` shows the next token and leaves it there; its kind decides which of four things comes. `take` reads it, or says what is wrong.',
        'For a primitive type the kind of the token is its name, and it has to be taken, too. A word for no type is an error that `tokens.unexpected` makes for you. Throw it.',
        'What stands between < and > is a type like any other: let the method call itself, and vectors of maps of vectors come for free.',
        'The key of a map is read as any type; then look at what it is. To blame its first token, keep that token from before.',
      ],
    },
    {
      id: '05.2',
      title: 'Names of records',
      hints: [
        '`takeDottedName` reads the whole name. `qualifiedName({ module, name })` puts a module before a name that has none.',
        'Look up exactly one name. Two modules may both have a class Worker, and who writes Worker means the one beside it.',
        'The error belongs to the first token of the name: keep it from before the name is read.',
      ],
    },
    {
      id: '05.3',
      title: 'Fields and classes',
      hints: [
        'Write down one line of the grammar as one line of code for each of its tokens: `take`, `take`, and a loop as long as no } comes.',
        'Tokens carry comments: `commentBefore` those of the lines above, `commentAfter` the one behind it on the same line. A class is described above its first token, a field above its first token or behind its semicolon.',
        'When may a class be used? `known.add` makes it known to whatever is read next. If it is called before the fields are read, a class can hold itself.',
        'Two fields of one name: what has been read of the fields before tells both, and `tokens.error` takes a field as its place.',
      ],
    },
    {
      id: '05.4',
      title: 'Calls that write',
      hints: [
        'Look at `fieldType`: a function with four cases that calls itself for what is inside. Yours returns code instead of a description.',
        'An element of a vector is written by a function, not by a call: `writeUstring` and not `writeUstring()`. `elementFunction` knows its name. For a record it is `Id.write`.',
        'A vector in a vector: the function for an element is `(a, value) => …`, and what stands behind the arrow is the same case again, with `a` for the archive and `value` for the value. So both are parameters.',
        '`archiveMethod` wants the name of the field, since a long called ctime is a number and one called zxid a bigint. An element has no name.',
      ],
    },
    {
      id: '05.5',
      title: 'Calls that read',
      hints: [
        'The same four cases as for writing. An expression comes out, without the value that it is about.',
        '`archive.readVector(readUstring)` hands over a function; `archive.readVector(readUstring(archive))` would read one element before the count.',
        'Only a field can be a Zxid or a SessionId, because only a field has a name. `brandOf` says which, or null.',
      ],
    },
  ],
});
