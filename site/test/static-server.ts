/** Serves the built site, as a web server would: a path without an extension is a page. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface StaticServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveDirectory(directory: string): Promise<StaticServer> {
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = fileOf(directory, path);
    response.statusCode = file === null ? 404 : 200;
    const shown = file ?? join(directory, '404.html');
    response.setHeader('content-type', TYPES[extname(shown)] ?? 'application/octet-stream');
    createReadStream(shown).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function fileOf(directory: string, path: string): string | null {
  const base = join(directory, normalize(path));
  if (!base.startsWith(directory)) return null;
  return (
    [base, `${base}.html`, join(base, 'index.html')].find((file) =>
      statSync(file, { throwIfNoEntry: false })?.isFile(),
    ) ?? null
  );
}
