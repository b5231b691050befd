/** A panel names a scenario; one that there is not fails the build. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Root } from 'mdast';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { project } from '../book';
import { memberNames, parseSource } from './source-symbols';

const REGISTRY = 'chapters/07-standalone-startup/scenarios/index.ts';

export default function remarkSimulations() {
  return (tree: Root, page: VFile): void => {
    visit(tree, (node) => {
      if (!isPanel(node)) return;
      const scenario = node.attributes.find(({ name }) => name === 'scenario')?.value;
      const names = scenarioNames();
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

let known: readonly string[] | null = null;

/** Read from the source, since the scenarios themselves belong into the reader's browser. */
function scenarioNames(): readonly string[] {
  known ??= memberNames(parseSource(REGISTRY, readFileSync(join(project, REGISTRY), 'utf8')), 'scenarios');
  return known;
}
