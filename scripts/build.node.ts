/**
 * `npm run build`: makes what the package ships.
 *
 *     dist/zoowalk.js   the command, in one file that starts fast
 *     dist/index.js     the library, in one file
 *     dist/types/       its types
 *
 * The packages that we use are inside these files, so that whoever installs zoowalk installs nothing else. NOTICE has
 * to name each of them.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import ts from 'typescript';

const project = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(process.argv[2] ?? join(project, 'dist'));

rmSync(out, { recursive: true, force: true });
await Promise.all([bundleCommand(), bundleLibrary()]);
writeTypes();

async function bundleCommand(): Promise<void> {
  const file = await bundle('zoowalk.node.ts', 'zoowalk.js', {
    // Runs the sources instead, in a checkout: not needed anywhere else.
    external: ['tsx'],
    banner: {
      // commander calls require for Node's own modules, which a bundle in this format does not have by itself.
      js: `#!/usr/bin/env node\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  chmodSync(file, 0o755);
}

async function bundleLibrary(): Promise<void> {
  await bundle('index.node.ts', 'index.js', {});
}

async function bundle(entry: string, name: string, options: BuildOptions): Promise<string> {
  const outfile = join(out, name);
  const { metafile } = await build({
    ...options,
    entryPoints: [join(project, 'chapters', entry)],
    outfile,
    absWorkingDir: project,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  checkNotice(metafile);
  return outfile;
}

/** @throws {Error} a package is in the bundle that NOTICE does not name */
function checkNotice(metafile: Metafile): void {
  const notice = readFileSync(join(project, 'NOTICE'), 'utf8');
  for (const path of Object.keys(metafile.inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name === undefined || notice.includes(`\n${name} (`)) continue;
    throw new Error(`${name} is in the bundle: add it to NOTICE, with its licence, as the others are`);
  }
}

/**
 * Writes the declarations that the library's own reach. They name each other by relative paths, since the names that
 * begin with # mean something in this project only.
 */
function writeTypes(): void {
  const chapters = join(project, 'chapters').replaceAll('\\', '/');
  const declarations = emitDeclarations(chapters);
  const reached = ['index.node.d.ts'];
  for (const path of reached) {
    const text = declarations.get(path);
    if (text === undefined) throw new Error(`there are no types for chapters/${path}`);
    const rewritten = text.replace(/(['"])#([^'"]+)\.js\1/g, (_, quote: string, target: string) => {
      if (!reached.includes(`${target}.d.ts`)) reached.push(`${target}.d.ts`);
      const relative = posix.relative(posix.dirname(path), `${target}.js`);
      return `${quote}${relative.startsWith('.') ? relative : `./${relative}`}${quote}`;
    });
    const file = join(out, 'types', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, rewritten);
  }
}

/** @returns the text of each declaration by its path below `chapters` */
function emitDeclarations(chapters: string): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(project, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram([join(chapters, 'index.node.ts')], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: chapters,
    outDir: chapters,
    // `npm run check` does that, and it takes longer than all of this.
    noCheck: true,
  });
  const declarations = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (file, text) => {
    declarations.set(posix.relative(chapters, file), text);
  });
  if (diagnostics.length > 0) {
    throw new Error(ts.formatDiagnostics(diagnostics, { ...formatHost, getCurrentDirectory: () => project }));
  }
  return declarations;
}

const formatHost = { getCanonicalFileName: (name: string) => name, getNewLine: () => '\n' };
