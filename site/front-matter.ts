/** What each page's front matter is unless the page says otherwise: from where it lies, so that nobody has to write it. */
import { basename, dirname, relative } from 'node:path';
import { chapterOf, chapterUrl, labsPage, project } from './book';

type FrontMatter = Readonly<Record<string, unknown>>;

/** @param own what the page says itself; it wins, but for a chapter's number, which is book.ts's to say */
export function frontMatterOf(filePath: string, content: string, own: FrontMatter): Record<string, unknown> {
  const path = relative(project, filePath).replaceAll('\\', '/');
  const chapter = chapterOf(path);
  if (path.startsWith('site/api/')) return { ...apiFrontMatter(path), ...own };
  if (path === labsPage) return { slug: '/labs', sidebar_label: 'How a lab works', ...own };
  if (path.startsWith('labs/')) return { slug: `/${dirname(path)}`, sidebar_label: headingOf(content), ...own };
  if (chapter === null) return own;
  const sidebarLabel = `${chapter.number} ${chapter.label}`;
  if (path.endsWith('/facts.md')) {
    return {
      slug: `${chapterUrl(chapter.folder)}/facts`,
      title: headingOf(content),
      description: `What Apache ZooKeeper does: rows for chapter ${chapter.number}`,
      ...own,
      sidebar_label: sidebarLabel,
    };
  }
  return {
    slug: chapterUrl(chapter.folder),
    title: chapter.label,
    ...own,
    sidebar_label: sidebarLabel,
    chapter: chapter.number,
    part: chapter.part.title,
    to_come: !chapter.isWritten,
  };
}

function apiFrontMatter(path: string): Record<string, unknown> {
  const name = path.slice('site/api/'.length).replace(/\.md$/, '');
  if (name === 'index') return { slug: '/api', title: 'API', custom_edit_url: null };
  if (name === 'zoowalk') return { slug: '/api/zoowalk', sidebar_label: 'The package zoowalk', custom_edit_url: null };
  return { slug: `/api/${name}`, sidebar_label: basename(name), custom_edit_url: null, toc_max_heading_level: 3 };
}

/** The first heading, without the signs of Markdown. */
function headingOf(content: string): string | undefined {
  return /^#\s+(.+)$/m.exec(content)?.[1]?.replace(/[`*]/g, '').trim();
}
