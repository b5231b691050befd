/** How long the compiler needs for many classes, and for those of ZooKeeper. */
import { compileJute } from '#05-jute/compile-files.js';
import { ratio, slope } from '../runner/bench-checks.js';
import { compiled, sourcesIn } from './grade-compiled.js';

const IN_PROPORTION = 'The work for a file grows with its length, and no faster.';

const OPTIONS = { importPrefix: './', command: 'npm run jute' };

const FIELDS = 'ustring path; vector<Id> ids; map<ustring, vector<vector<long>>> sums; long zxid; buffer data;';

function moduleOf(classes: number): string {
  const names = Array.from({ length: classes }, (_, index) => `class C${index} { ${FIELDS} }`);
  return `module m {\nclass Id { ustring scheme; ustring id; }\n${names.join('\n')}\n}`;
}

export default [
  slope({
    gap: '05.3',
    name: 'a class costs the same in a long file as in a short one',
    invariant: IN_PROPORTION,
    points: 2,
    of: 'classes',
    sizes: [200, 800, 3200],
    limit: 1.5,
    prepare: (size) => {
      const text = moduleOf(size);
      return () => void compileJute([{ path: 'm.jute', text }], () => null, OPTIONS);
    },
  }),
  ratio({
    gap: '05.5',
    name: "ZooKeeper's own files are compiled in about the time of our answer",
    invariant: IN_PROPORTION,
    prepare: () => {
      const sources = sourcesIn('zookeeper');
      return () => void compiled(sources);
    },
  }),
];
