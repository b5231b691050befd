/**
 * Who may import whom. Floors are those of the design: a file imports from its own floor and from those above it, so
 * that each chapter can be read, tested and simulated without those that come after it.
 *
 * Broken rules are shown with their name; the comment of the rule says how to mend the code.
 */

/** From the top down, by the numbers of the chapters. A floor knows its own chapters and those of the floors above. */
const SERVER_FLOORS = [
  { name: 'world', chapters: ['00'] },
  { name: 'wire', chapters: ['04', '05', '06'] },
  { name: 'state', chapters: ['01', '02', '03'] },
  { name: 'disk', chapters: ['20', '32', '27'] },
  { name: 'sessions', chapters: ['09', '11'] },
  { name: 'chain', chapters: ['12'] },
  { name: 'one-server', chapters: ['07'] },
  { name: 'leader-election', chapters: ['14'] },
  { name: 'fast-leader-election', chapters: ['15'] },
  { name: 'zab', chapters: ['29'] },
  { name: 'two-phase-commit', chapters: ['31'] },
  { name: 'sync', chapters: ['16'] },
  { name: 'follower', chapters: ['18'] },
  { name: 'leader', chapters: ['17'] },
  { name: 'observer', chapters: ['19'] },
  { name: 'many-servers', chapters: ['08'] },
  { name: 'around-a-server', chapters: ['25', '26'] },
];
/** The client has a stair of its own below the wire. */
const CLIENT_FLOORS = [
  { name: 'client', chapters: ['10'] },
  { name: 'curator', chapters: ['13'] },
  { name: 'recipes', chapters: ['21', '22', '23', '24'] },
];
const WORLD_AND_WIRE = ['00', '04', '05', '06'];

/** Tests, and what only they use. */
const TESTS = ['\\.test\\.ts$', '^chapters/testing/'];
/** Files that put the others together, and so may know all of them. */
const COMPOSITION_ROOTS = [
  '/(main|connect|start-server|server-command)\\.node\\.ts$',
  '^chapters/(index|zoowalk)\\.node\\.ts$',
  '/simulated-(server|ensemble)\\.ts$',
  ...TESTS,
];

const filesOf = (chapters) => `^chapters/(${chapters.join('|')})-`;

const serverRules = SERVER_FLOORS.map(({ name, chapters }, index) => ({
  name: `floor-${name}`,
  severity: 'error',
  comment:
    `Chapters ${chapters.join(', ')} know themselves and the floors above them: ` +
    `${
      SERVER_FLOORS.slice(0, index)
        .map((floor) => floor.name)
        .join(', ') || 'none'
    }. Move what both need up, or declare ` +
    'an interface here and let the lower floor implement it, or hand it in where the program is put together.',
  from: { path: filesOf(chapters), pathNot: COMPOSITION_ROOTS },
  to: {
    path: '^chapters/[0-9]',
    pathNot: filesOf(SERVER_FLOORS.slice(0, index + 1).flatMap((floor) => floor.chapters)),
  },
}));

const clientRules = CLIENT_FLOORS.map(({ name, chapters }, index) => ({
  name: `floor-${name}`,
  severity: 'error',
  comment:
    `Chapters ${chapters.join(', ')} are client code: they know the wire and the world, and never the server, so that ` +
    'they work with any ZooKeeper. Take what you need from chapters 04 to 06, or move it there.',
  from: { path: filesOf(chapters), pathNot: COMPOSITION_ROOTS },
  to: {
    path: '^chapters/[0-9]',
    pathNot: filesOf([...WORLD_AND_WIRE, ...CLIENT_FLOORS.slice(0, index + 1).flatMap((floor) => floor.chapters)]),
  },
}));

export default {
  forbidden: [
    ...serverRules,
    ...clientRules,
    {
      name: 'floor-theory',
      severity: 'error',
      comment:
        'Chapters 28 and 30 compare protocols in the simulator: they know the world, the wire, the ensemble of ' +
        "chapter 08 and the checker of chapter 29. Don't reach into a server.",
      from: { path: filesOf(['28', '30']), pathNot: COMPOSITION_ROOTS },
      to: { path: '^chapters/[0-9]', pathNot: filesOf([...WORLD_AND_WIRE, '08', '28', '29', '30']) },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'These files import each other in a circle (imports of types count), so none can be read first. Move what they ' +
        'share into a file of its own, or declare in the upper one the interface that it needs.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'node-files-from-roots-only',
      severity: 'error',
      comment:
        'A *.node.ts talks to the machine, which a simulation and a browser do not have. Take what you need from the ' +
        'World that you are handed; only files that put a program together, tests, and other *.node.ts import it.',
      from: { path: '^chapters/', pathNot: ['\\.node\\.ts$', ...COMPOSITION_ROOTS] },
      to: { path: '\\.node\\.ts$' },
    },
    {
      name: 'tests-stay-out',
      severity: 'error',
      comment: 'Only tests import tests and chapters/testing. Move what the program needs out of them.',
      from: { path: '^chapters/', pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'chapters-stand-alone',
      severity: 'error',
      comment:
        'Chapters are what ships: they know nothing of bench/, labs/, scripts/ and solutions/. Move what they need into a chapter.',
      from: { path: '^chapters/', pathNot: TESTS },
      to: { path: '^(bench|labs|scripts|solutions)/' },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      comment:
        'There is no such file or package. Chapters are imported as #NN-name/file.js; packages need npm install.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
