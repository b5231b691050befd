/** A panel names a scenario; one that there is not fails the build. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Root } from 'mdast';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { project } from '../book';
import { memberNames, parseSource } from './source-symbols';

/** Of a server with its clients, and of ensembles that elect. */
const REGISTRIES = {
  server: { path: 'chapters/07-standalone-startup/scenarios/index.ts', symbol: 'scenarios' },
  election: {
    path: 'chapters/15-fast-leader-election/scenarios/election-scenario.ts',
    symbol: 'electionScenarios',
  },
};

export default function remarkSimulations() {
  return (tree: Root, page: VFile): void => {
    visit(tree, (node) => {
      if (!isPanel(node)) return;
      const scenario = node.attributes.find(({ name }) => name === 'scenario')?.value;
      const names = scenarioNames(node.attributes.some(({ name }) => name === 'election') ? 'election' : 'server');
      if (typeof scenario === 'string' && names.includes(scenario)) return;
      const where = `${relative(project, page.path)}, line ${node.position?.start.line}`;
      throw new Error(`${where}: there is no scenario ${String(scenario)}; there are ${names.join(', ')}`);
    });
  };
}

interface Panel {
  readonly attributes: readonly { readonly name?: string; readonly value?: unknown }[];
  readonly position?: { readonly start: { readonly line: number } };
}

function isPanel(node: { readonly type: string }): node is Panel & { type: string } {
  return node.type === 'mdxJsxFlowElement' && 'name' in node && node.name === 'Simulation';
}

const known = new Map<keyof typeof REGISTRIES, readonly string[]>();

/** Read from the source, since the scenarios themselves belong into the reader's browser. */
function scenarioNames(kind: keyof typeof REGISTRIES): readonly string[] {
  const { path, symbol } = REGISTRIES[kind];
  const names = known.get(kind) ?? memberNames(parseSource(path, readFileSync(join(project, path), 'utf8')), symbol);
  known.set(kind, names);
  return names;
}
