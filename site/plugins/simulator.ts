/** How the site is put together: components import the code of the chapters, as `@chapters/…`, for browsers. */
import { join } from 'node:path';
import type { LoadContext, Plugin } from '@docusaurus/types';
import { EsbuildPlugin } from 'esbuild-loader';
import { NormalModuleReplacementPlugin } from 'webpack';
import { project } from '../book';

export default function simulator({ siteDir }: LoadContext): Plugin {
  const packages = join(siteDir, 'node_modules');
  return {
    name: 'zoowalk-simulator',
    configureWebpack: (_config, isServer) => ({
      mergeStrategy: { 'optimization.minimizer': 'replace' },
      module: {
        // First as what it is: all files are then read as TSX, in which `<T>(x: T) => x` is an element. Below es2020
        // there is no import.meta, and the simulator's worker is not found.
        rules: [
          {
            test: /\.ts$/,
            enforce: 'pre',
            loader: 'esbuild-loader',
            options: { loader: 'ts', target: 'es2022', tsconfig: false },
          },
        ],
      },
      optimization: isServer ? {} : { minimizer: [new EsbuildPlugin({ target: 'es2022', css: true })] },
      resolve: {
        alias: { '@chapters': join(project, 'chapters') },
        // Chapters import each other as `#06-network-protocol/ids.js`, which is a .ts file.
        extensionAlias: { '.js': ['.js', '.ts'] },
        // Packages of the chapters' code come from here too: the project's own may not be installed.
        modules: [packages, 'node_modules'],
      },
      plugins: isServer
        ? []
        : [
            new NormalModuleReplacementPlugin(/^node:buffer$/, (resource) => {
              resource.request = join(packages, 'buffer/index.js');
            }),
          ],
    }),
  };
}
