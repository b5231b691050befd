/** What the pages' texts are turned into, and which mistakes in them fail the build. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkMdx from 'remark-mdx';
import remarkParse from 'remark-parse';
import { type Plugin, unified } from 'unified';
import { visit } from 'unist-util-visit';
import { VFile } from 'vfile';
import { expect, test } from 'vitest';
import remarkFacts from '../plugins/remark-facts.js';
import remarkGlossary from '../plugins/remark-glossary.js';
import remarkSimulations from '../plugins/remark-simulations.js';
import remarkSnippets from '../plugins/remark-snippets.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'chapters/06-network-protocol/index.mdx';

/** The elements that a plugin makes of a text, by name, with their properties. */
function elements(plugin: Plugin<[], Root>, text: string, path = PAGE) {
  const file = new VFile({ path: join(project, path), value: text });
  const parser = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(path.endsWith('.mdx') ? [remarkMdx] : []);
  const tree = unified().use(plugin).runSync(parser.parse(file), file) as Root;
  const found: { name: string; properties: Record<string, unknown> }[] = [];
  visit(tree, (node) => {
    const { hName, hProperties } = (node.data ?? {}) as { hName?: string; hProperties?: Record<string, unknown> };
    if (hProperties) found.push({ name: hName ?? node.type, properties: hProperties });
  });
  return found;
}

const fence = (meta: string, body = '') => `\`\`\`ts ${meta}\n${body}\`\`\`\n`;

test('an empty fence is filled from the source', () => {
  const [snippet] = elements(remarkSnippets, fence('file=framing.ts symbol=FrameParser.next'));
  expect(snippet?.name).toBe('code-snippet');
  expect(snippet?.properties['data-code']).toMatch(/\nnext\(\): boolean \{/);
  expect(snippet?.properties['data-path']).toBe('chapters/06-network-protocol/framing.ts');
  expect(snippet?.properties['data-href']).toMatch(/framing\.ts#L\d+-L\d+$/);
});

test('a missing symbol, a missing file and a copy fail the build, and say where', () => {
  const at = (meta: string, body?: string) => () => elements(remarkSnippets, `Text.\n\n${fence(meta, body)}`);
  expect(at('file=framing.ts symbol=FrameParser.nothing')).toThrow(
    'chapters/06-network-protocol/index.mdx, line 3: there is no FrameParser.nothing in',
  );
  expect(at('file=nothing.ts symbol=a')).toThrow('there is no chapters/06-network-protocol/nothing.ts');
  expect(at('file=framing.ts symbol=FrameParser', 'class FrameParser {}\n')).toThrow('must be empty');
});

test('a fact is linked to its row, and one that there is not fails the build', () => {
  const [ref, ...more] = elements(remarkFacts, 'Frames (FR-01) are UTF-8, `FR-02`.');
  expect(more).toEqual([]);
  expect(ref).toMatchObject({
    name: 'fact-ref',
    properties: { 'data-href': '/chapters/06-network-protocol/facts#FR-01' },
  });
  expect(ref?.properties['data-text']).toMatch(/TCP stream of frames/);
  expect(() => elements(remarkFacts, 'See FR-99.')).toThrow('index.mdx, line 1: there is no fact FR-99');
});

test('a row of facts.md has its ID as an anchor', () => {
  const table = '| ID | Fact |\n|---|---|\n| FR-01 | See FR-02 |\n';
  const found = elements(remarkFacts, table, 'chapters/06-network-protocol/facts.md');
  expect(found.map(({ name, properties }) => [name, properties.id ?? properties['data-id']])).toEqual([
    ['tableRow', 'FR-01'],
    ['fact-id', 'FR-01'],
    ['fact-ref', undefined],
  ]);
});

test('a word of the glossary is marked once in a page, not in headings, links and code', () => {
  const text =
    '# A session\n\n`zxid` and [a zxid](x) and a session time-out. Sessions, a session, a session, a zxid-like zxid.\n';
  expect(elements(remarkGlossary, text).map(({ properties }) => properties['data-href'])).toEqual([
    '/glossary#session-time-out',
    '/glossary#session',
    '/glossary#zxid',
  ]);
  expect(elements(remarkGlossary, 'A session.', 'site/api/index.md')).toEqual([]);
});

test('a panel names a scenario that there is', () => {
  expect(() => elements(remarkSimulations, '<Simulation scenario="three-workers" seed={7} />\n')).not.toThrow();
  expect(() => elements(remarkSimulations, '<Simulation scenario="nothing" seed={7} />\n')).toThrow(
    'index.mdx, line 1: there is no scenario nothing; there are three-workers',
  );
});
