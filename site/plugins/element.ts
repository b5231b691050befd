import type { PhrasingContent, RootContent } from 'mdast';

/**
 * A node of Markdown that becomes an element of that name, in .md and in .mdx alike. What the element looks like is said
 * in src/theme/MDXComponents.tsx.
 */
export function element(
  name: string,
  properties: Readonly<Record<string, string>>,
  children: PhrasingContent[] = [],
): RootContent & PhrasingContent {
  const node = { type: name, data: { hName: name, hProperties: properties }, children };
  return node as unknown as RootContent & PhrasingContent;
}
