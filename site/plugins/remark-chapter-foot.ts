/** What stands below every chapter: its files, their names in Apache ZooKeeper, the facts. Made, so never out of date. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Root } from 'mdast';
import type { VFile } from 'vfile';
import { readFacts } from '../../chapters/testing/facts.node';
import { apiDirectory, chapterOf, chapterUrl, labs, project } from '../book';
import { sourceUrl } from '../repository';
import { codeOfChapter } from './code-map';
import { element } from './element';

/** What the component is handed, as JSON. */
export interface ChapterFootData {
  readonly files: readonly {
    readonly name: string;
    readonly href: string;
    readonly api: string | null;
    readonly summary: string;
    readonly apache: readonly string[];
  }[];
  readonly testCount: number;
  readonly facts: { readonly href: string; readonly rows: number } | null;
  readonly labs: readonly { readonly href: string; readonly number: string }[];
}

export default function remarkChapterFoot() {
  return (tree: Root, page: VFile): void => {
    const path = relative(project, page.path).replaceAll('\\', '/');
    const chapter = chapterOf(path);
    if (chapter === null || path !== chapter.page) return;
    const files = codeOfChapter(chapter.folder);
    const rows = [...readFacts().values()].filter((fact) => fact.chapter === chapter.folder).length;
    const data: ChapterFootData = {
      files: files
        .filter(({ isTest }) => !isTest)
        .map(({ name, path: file, summary, counterparts }) => ({
          name,
          href: sourceUrl(file),
          api: apiUrl(chapter.folder, name),
          summary,
          apache: counterparts.map(({ apache }) => apache),
        })),
      testCount: files.filter(({ isTest }) => isTest).length,
      facts: chapter.facts === null ? null : { href: `${chapterUrl(chapter.folder)}/facts`, rows },
      labs: labs
        .filter(({ number }) => number === chapter.number)
        .map(({ folder, number }) => ({ href: `/labs/${folder}`, number })),
    };
    if (data.files.length === 0 && data.facts === null) return;
    tree.children.push(
      {
        type: 'heading',
        depth: 2,
        children: [{ type: 'text', value: data.files.length === 0 ? 'Facts' : 'The code of this chapter' }],
      },
      element('chapter-foot', { 'data-foot': JSON.stringify(data) }),
    );
  };
}

/** Null for files that typedoc leaves out. */
function apiUrl(folder: string, name: string): string | null {
  const page = `${folder}/${name.replace(/\.ts$/, '')}`;
  return existsSync(join(project, apiDirectory, `${page}.md`)) ? `/api/${page}` : null;
}
