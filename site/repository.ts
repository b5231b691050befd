/** Where the project's files can be seen and edited. A fork sets ZOOWALK_REPOSITORY_URL and nothing else. */
export const repositoryUrl = process.env.ZOOWALK_REPOSITORY_URL ?? 'https://github.com/zoowalk/zoowalk';

export function sourceUrl(path: string, fromLine?: number, toLine?: number): string {
  const lines = fromLine === undefined ? '' : `#L${fromLine}${toLine === undefined ? '' : `-L${toLine}`}`;
  return `${repositoryUrl}/blob/main/${path}${lines}`;
}

export const editUrl = (path: string): string => `${repositoryUrl}/edit/main/${path}`;
