/**
 * The API pages: typedoc over what the package exports and over the files of all chapters, one page a file. A warning of
 * typedoc fails the build.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadContext, Plugin } from '@docusaurus/types';
import { apiDirectory, chapters, project } from '../book';
import { repositoryUrl } from '../repository';
import { codeOfChapter } from './code-map';

export default function api(context: LoadContext): Plugin {
  const out = join(project, apiDirectory);
  if (isOutdated(out)) {
    rmSync(out, { recursive: true, force: true });
    execFileSync(
      process.execPath,
      [
        join(context.siteDir, 'node_modules/typedoc/bin/typedoc'),
        ...['--options', 'typedoc.json', '--out', out, '--logLevel', 'Warn'],
        ...['--sourceLinkTemplate', `${repositoryUrl}/blob/main/{path}#L{line}`],
      ],
      { cwd: context.siteDir, stdio: 'inherit' },
    );
    writeFileSync(join(out, 'index.md'), indexPage(out));
  }
  return { name: 'zoowalk-api' };
}

/** In the place of typedoc's list: by chapters, with what each file says of itself. */
function indexPage(out: string): string {
  const lines = [
    '# API',
    '',
    "What a program may rely on is [the package zoowalk](zoowalk.md). Everything else is the book's own code, file by file, and may change.",
  ];
  for (const { folder } of chapters) {
    const files = codeOfChapter(folder).filter(({ name }) =>
      existsSync(join(out, folder, name.replace(/\.ts$/, '.md'))),
    );
    if (files.length === 0) continue;
    lines.push('', `## ${folder}`, '', '| File | What it is |', '|---|---|');
    for (const { name, summary } of files) {
      const page = `${folder}/${name.replace(/\.ts$/, '.md')}`;
      lines.push(`| [${name}](${page}) | ${summary.replaceAll('|', '\\|')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Docusaurus asks for its plugins more than once in one build. */
function isOutdated(out: string): boolean {
  const index = statSync(join(out, 'index.md'), { throwIfNoEntry: false });
  if (index === undefined) return true;
  const chapters = join(project, 'chapters');
  return readdirSync(chapters, { recursive: true, encoding: 'utf8' }).some(
    (name) => name.endsWith('.ts') && statSync(join(chapters, name)).mtimeMs > index.mtimeMs,
  );
}
