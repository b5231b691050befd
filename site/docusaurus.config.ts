/**
 * The site: the chapters and labs as they stand in their folders, the API by typedoc, and a few pages of its own.
 *
 * One instance of the docs plugin over the project's folder takes all pages that are texts, so that they can link to each
 * other by file. Which these are is said in book.ts.
 */
import type { Config } from '@docusaurus/types';
import { allPages } from './book';
import { darkCode, lightCode } from './code-theme';
import { frontMatterOf } from './front-matter';
import api from './plugins/api';
import referencePages from './plugins/reference-pages';
import remarkApiAnchors from './plugins/remark-api-anchors';
import remarkChapterFoot from './plugins/remark-chapter-foot';
import remarkFacts from './plugins/remark-facts';
import remarkGlossary from './plugins/remark-glossary';
import remarkSimulations from './plugins/remark-simulations';
import remarkSnippets from './plugins/remark-snippets';
import simulator from './plugins/simulator';
import { editUrl, repositoryUrl } from './repository';

const config: Config = {
  title: 'Zoowalk',
  tagline: 'ZooKeeper told as a book whose code runs',
  url: process.env.ZOOWALK_SITE_URL ?? 'http://localhost:3000',
  baseUrl: process.env.ZOOWALK_SITE_BASE_URL ?? '/',
  // Each page is compiled once, not once for the browser and once for the server.
  future: { faster: { mdxCrossCompilerCache: true } },
  favicon: 'img/favicon.svg',
  trailingSlash: false,
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  onDuplicateRoutes: 'throw',
  i18n: { defaultLocale: 'en', locales: ['en'] },
  markdown: {
    // .md is plain Markdown, so that a fact may hold < and {; .mdx is MDX.
    format: 'detect',
    mermaid: true,
    hooks: { onBrokenMarkdownLinks: 'throw', onBrokenMarkdownImages: 'throw' },
    parseFrontMatter: async (parameters) => {
      const result = await parameters.defaultParseFrontMatter(parameters);
      return { ...result, frontMatter: frontMatterOf(parameters.filePath, result.content, result.frontMatter) };
    },
  },
  webpack: {
    // Several times as fast as Babel, and the browsers that we mean need nothing translated.
    jsLoader: (isServer) => ({
      loader: require.resolve('esbuild-loader'),
      options: { loader: 'tsx', jsx: 'automatic', target: isServer ? 'node20' : 'es2022', tsconfig: false },
    }),
  },
  plugins: [
    api,
    [
      '@docusaurus/plugin-content-docs',
      {
        path: '..',
        routeBasePath: '/',
        include: allPages(),
        numberPrefixParser: false,
        sidebarPath: './sidebars.ts',
        breadcrumbs: true,
        editUrl: ({ docPath }: { docPath: string }) => (docPath.startsWith('site/api/') ? undefined : editUrl(docPath)),
        beforeDefaultRemarkPlugins: [
          remarkSimulations,
          remarkSnippets,
          remarkFacts,
          remarkGlossary,
          remarkChapterFoot,
          remarkApiAnchors,
        ],
      },
    ],
    '@docusaurus/plugin-content-pages',
    referencePages,
    simulator,
  ],
  themes: [
    ['@docusaurus/theme-classic', { customCss: './src/css/site.css' }],
    '@docusaurus/theme-mermaid',
    [
      '@easyops-cn/docusaurus-search-local',
      {
        hashed: true,
        docsRouteBasePath: '/',
        docsDir: '..',
        indexBlog: false,
        indexPages: true,
        highlightSearchTermsOnTargetPage: true,
        explicitSearchResultPath: true,
        searchBarShortcutHint: false,
        // What the API says in small pieces would hide the book: it is searched on its own pages.
        searchContextByPaths: [{ label: 'API', path: 'api' }],
        hideSearchBarWithNoSearchContext: false,
        useAllContextsWithNoSearchContext: false,
      },
    ],
  ],
  themeConfig: {
    colorMode: { respectPrefersColorScheme: true },
    docs: { sidebar: { hideable: true } },
    navbar: {
      title: 'Zoowalk',
      logo: { alt: '', src: 'img/logo.svg', srcDark: 'img/logo-dark.svg' },
      items: [
        { type: 'docSidebar', sidebarId: 'book', label: 'Book', position: 'left' },
        { type: 'docSidebar', sidebarId: 'labs', label: 'Labs', position: 'left' },
        { to: '/playground', label: 'Playground', position: 'left' },
        { type: 'docSidebar', sidebarId: 'api', label: 'API', position: 'left' },
        {
          type: 'dropdown',
          label: 'Reference',
          position: 'left',
          items: [
            { type: 'docSidebar', sidebarId: 'facts', label: 'Facts' },
            { to: '/ours-and-apaches', label: "Ours and Apache's" },
            { to: '/glossary', label: 'Glossary' },
            { to: '/benchmarks', label: 'Benchmarks and proofs' },
          ],
        },
        { type: 'search', position: 'right' },
        { href: repositoryUrl, label: 'Source', position: 'right' },
      ],
    },
    footer: {
      copyright:
        'Zoowalk, under the Apache License 2.0. Protocols and formats are those of Apache ZooKeeper; Apache, Apache ' +
        'ZooKeeper and ZooKeeper are trademarks of the Apache Software Foundation, which neither makes nor endorses this project.',
    },
    tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
    prism: { theme: lightCode, darkTheme: darkCode, additionalLanguages: ['bash', 'java', 'properties'] },
    mermaid: {
      theme: { light: 'neutral', dark: 'dark' },
      options: { layout: 'elk', fontFamily: '"Source Sans 3 Variable", system-ui, sans-serif' },
    },
  },
};

export default config;
