/**
 * Typedoc and Docusaurus count headings that differ only in case differently. A link of an API page to a heading that
 * there is not goes to the first one of that name.
 */
import { relative } from 'node:path';
import GithubSlugger from 'github-slugger';
import type { Root } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';
import { apiDirectory, project } from '../book';

export default function remarkApiAnchors() {
  return (tree: Root, page: VFile): void => {
    if (!relative(project, page.path).startsWith(apiDirectory)) return;
    const slugger = new GithubSlugger();
    const anchors = new Set<string>();
    visit(tree, 'heading', (heading) => {
      anchors.add(slugger.slug(textOf(heading)));
    });
    visit(tree, 'link', (link) => {
      if (link.url.startsWith('#') && !anchors.has(link.url.slice(1))) link.url = link.url.replace(/-\d+$/, '');
    });
  };
}
