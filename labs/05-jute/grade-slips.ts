/** Mistakes that people make in .jute files, put into one of ZooKeeper's own. */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { oneOf } from './grade-types.js';

export interface Slip {
  readonly what: string;
  /** The line, or lines, with the slip; ‸ stands before the token that is wrong. */
  readonly shown: string;
  /** The whole file. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const MARK = '‸';

/**
 * Each kind of slip once, each at a field that is drawn.
 * @param text a file with several classes, a field in a line
 * @param where inside a type, or in the fields and the classes around it
 */
export function slipsIn(text: string, where: 'types' | 'classes', random: SeededRandom): Slip[] {
  return KINDS[where].map(({ what, at, put }) => {
    const lines = text.split('\n');
    const places = lines.flatMap((line, index) => (PATTERNS[at].test(line) ? [index] : []));
    // The last class has none below it, the first none above.
    const index = oneOf(random, places.slice(1, -MOST_FIELDS_OF_LAST_CLASS));
    const [, before = '', name = ''] = PATTERNS[at].exec(lines[index] as string) ?? [];
    lines[index] = put(before, name, {
      own: lastMatch(lines.slice(0, index), PATTERNS.class),
      first: lastMatch(lines.slice(0, index).reverse(), PATTERNS.class),
      last: lastMatch(lines, PATTERNS.class),
    });
    return slipOf(what, lines, index);
  });
}

const MOST_FIELDS_OF_LAST_CLASS = 2;

const PATTERNS = {
  /** The type and the name of a field. */
  field: /^ {4}(\S+) (\w+);/,
  /** White space, and the name of a class. */
  class: /^( {2})class (\w+) \{$/,
} as const;

interface Classes {
  /** The one that the field is in. */
  readonly own: string;
  readonly first: string;
  readonly last: string;
}

interface Kind {
  readonly what: string;
  readonly at: keyof typeof PATTERNS;
  /** The new line. @param before the type of the field, or what stands before the class */
  readonly put: (before: string, name: string, classes: Classes) => string;
}

const field = (what: string, put: (type: string, name: string, classes: Classes) => string): Kind => ({
  what,
  at: 'field',
  put: (...args) => `    ${put(...args)}`,
});

const KINDS: Readonly<Record<'types' | 'classes', readonly Kind[]>> = {
  types: [
    field('half a vector', (type, name) => `${type} ${name}; vector<int ‸more;`),
    field('half a map', (type, name) => `${type} ${name}; map<int‸> more;`),
    field('a vector of nothing', (type, name) => `${type} ${name}; vector<‸> more;`),
    field('a vector for a key', (type, name) => `${type} ${name}; map<‸vector<int>, int> more;`),
    field('a class for a key', (type, name) => `${type} ${name}; map<‸org.apache.zookeeper.data.Id, int> more;`),
    field('a buffer for a key, in a vector', (type, name) => `${type} ${name}; vector<map<‸buffer, int>> more;`),
    field('a class that is not known', (type, name) => `${type} ${name}; vector<‸Nobody> more;`),
    field('a class that is declared below', (type, name, { last }) => `${type} ${name}; ‸${last} more;`),
  ],
  classes: [
    field('a field without a semicolon', (type, name) => `${type} ${name} ‸int more;`),
    field('a field without a name', (type) => `${type} ‸;`),
    field('a word of the language for a name', (type) => `${type} ‸class;`),
    field('a class in itself', (type, name, { own }) => `${type} ${name}; ‸${own} more;`),
    field('a class in a list in itself', (type, name, { own }) => `${type} ${name}; vector<‸${own}> more;`),
    field('two fields of one name', (type, name) => `${type} ${name}; vector<int> ‸${name};`),
    {
      what: 'a class without fields',
      at: 'class',
      put: (indent, name) => `${indent}class No${name} { ‸} class ${name} {`,
    },
    { what: 'a class without a name', at: 'class', put: (indent) => `${indent}class ‸{` },
    { what: 'two classes of one name', at: 'class', put: (indent, _name, { first }) => `${indent}class ‸${first} {` },
  ],
};

function slipOf(what: string, lines: readonly string[], index: number): Slip {
  const marked = lines[index] as string;
  return {
    what,
    shown: marked.trim(),
    text: lines.join('\n').replace(MARK, ''),
    line: index + 1,
    column: marked.indexOf(MARK) + 1,
  };
}

/** The second group of the last line that fits. */
function lastMatch(lines: readonly string[], pattern: RegExp): string {
  return pattern.exec(lines.findLast((line) => pattern.test(line)) ?? '')?.[2] ?? '';
}
