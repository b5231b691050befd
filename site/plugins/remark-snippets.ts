/**
 * Code in the text is cited by file and symbol, and filled in from the source when the page is built:
 *
 *     ```ts file=framing.ts symbol=FrameParser.next
 *     ```
 *
 * The file is relative to the chapter's folder. A file or a symbol that there is not fails the build; so does code that
 * was written into such a fence, since it would be a copy.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Code, Root, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { project } from '../book';
import { sourceUrl } from '../repository';
import { element } from './element';
import { codeOfSymbol, parseSource } from './source-symbols';

export default function remarkSnippets() {
  return (tree: Root, page: VFile): void => {
    visit(tree, 'code', (node, index, parent) => {
      const cited = citationOf(node.meta ?? '');
      if (cited === null || parent === undefined || index === undefined) return;
      parent.children[index] = snippet(node, cited, page);
    });
  };
}

interface Citation {
  readonly file: string;
  readonly symbol: string;
}

function citationOf(meta: string): Citation | null {
  const file = /(?:^|\s)file=(\S+)/.exec(meta)?.[1];
  const symbol = /(?:^|\s)symbol=(\S+)/.exec(meta)?.[1];
  return file !== undefined && symbol !== undefined ? { file, symbol } : null;
}

function snippet(node: Code, { file, symbol }: Citation, page: VFile): RootContent {
  const where = `${relative(project, page.path)}, line ${node.position?.start.line}`;
  if (node.value.trim() !== '') throw new Error(`${where}: the fence cites ${symbol}, so it must be empty`);
  const path = relative(project, join(dirname(page.path), file)).replaceAll('\\', '/');
  if (!existsSync(join(project, path))) throw new Error(`${where}: there is no ${path}`);
  const source = parseSource(path, readFileSync(join(project, path), 'utf8'));
  let found: ReturnType<typeof codeOfSymbol>;
  try {
    found = codeOfSymbol(source, symbol);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`);
  }
  return element('code-snippet', {
    'data-code': found.code,
    'data-symbol': symbol,
    'data-path': path,
    'data-href': sourceUrl(path, found.fromLine, found.toLine),
    'data-gaps': found.gaps.join(' '),
  });
}
