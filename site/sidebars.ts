import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SidebarsConfig } from '@docusaurus/plugin-content-docs';
import { apiDirectory, chapters, labs, labsPage, pageId, parts, project } from './book';

const book = parts.map((part) => ({
  type: 'category' as const,
  label: part.title,
  collapsed: false,
  collapsible: false,
  items: chapters
    .filter((chapter) => chapter.part === part)
    .map(({ page, number, label, isWritten }) => ({
      type: 'doc' as const,
      id: pageId(page),
      label: `${number} ${label}`,
      className: isWritten ? 'chapter-written' : 'chapter-to-come',
    })),
}));

const facts = chapters.flatMap(({ facts: page, number, label }) =>
  page === null ? [] : [{ type: 'doc' as const, id: pageId(page), label: `${number} ${label}` }],
);

/** Typedoc writes a page for each file, in a folder for each chapter. */
function apiItems() {
  const root = join(project, apiDirectory);
  const folders = existsSync(root) ? readdirSync(root, { withFileTypes: true }) : [];
  const pagesIn = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .sort();
  return [
    { type: 'doc' as const, id: `${apiDirectory}/index`, label: 'What there is' },
    { type: 'doc' as const, id: `${apiDirectory}/zoowalk` },
    ...folders
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
      .map((folder) => ({
        type: 'category' as const,
        label: chapters.find((chapter) => chapter.folder === folder)?.folder ?? folder,
        collapsed: true,
        items: pagesIn(folder).map((name) => ({
          type: 'doc' as const,
          id: `${apiDirectory}/${folder}/${pageId(name)}`,
          label: pageId(name),
        })),
      })),
  ];
}

const sidebars: SidebarsConfig = {
  book,
  labs: [
    { type: 'doc', id: pageId(labsPage), label: 'How a lab works' },
    ...labs.map(({ page }) => ({ type: 'doc' as const, id: pageId(page) })),
  ],
  facts,
  api: apiItems(),
};

export default sidebars;
