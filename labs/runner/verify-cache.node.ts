/**
 * Remembers what was found in order, until something changes that it was found with: the modules that were really
 * loaded, the lab, the runner, and the versions of the packages.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder, project, readText } from './project.node.js';

interface Entry {
  /** Hashes of files, by their path in the project. */
  readonly files: Readonly<Record<string, string>>;
  readonly value: unknown;
}

export class VerifyCache {
  private readonly path = join(project, 'node_modules', '.cache', 'zoowalk-labs.json');
  private readonly entries: Record<string, Entry>;
  private readonly hashes = new Map<string, string>();
  private readonly tools: string;

  /** @param isRead false to find everything out anew */
  constructor(isRead: boolean) {
    this.entries = isRead && existsSync(this.path) ? (JSON.parse(readText(this.path)) as Record<string, Entry>) : {};
    this.tools = this.hashOfTools();
  }

  /** @param text what is verified: another one is another case */
  get(name: string, text: string): unknown {
    const entry = this.entries[this.key(name, text)];
    if (entry === undefined) return undefined;
    const isFresh = Object.entries(entry.files).every(([path, hash]) => this.hashOfFile(path) === hash);
    return isFresh ? entry.value : undefined;
  }

  /** @param paths the files that it was found with, by their path in the project */
  set(name: string, text: string, paths: readonly string[], value: unknown): void {
    const files = Object.fromEntries([...new Set(paths)].sort().map((path) => [path, this.hashOfFile(path)]));
    this.entries[this.key(name, text)] = { files, value };
  }

  save(): void {
    makeFolder(dirname(this.path));
    writeFileSync(this.path, JSON.stringify(this.entries));
  }

  private key(name: string, text: string): string {
    return `${name} ${hashOf(text + this.tools)}`;
  }

  private hashOfFile(path: string): string {
    let hash = this.hashes.get(path);
    if (hash === undefined) {
      const file = join(project, path);
      hash = existsSync(file) ? hashOf(readText(file)) : 'missing';
      this.hashes.set(path, hash);
    }
    return hash;
  }

  /** The runner is part of every result, and so is what it stands on. */
  private hashOfTools(): string {
    const runner = (readdirSync(join(project, 'labs/runner'), { recursive: true }) as string[]).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('verbs'),
    );
    const paths = [...runner.map((name) => `labs/runner/${name}`), 'package-lock.json', 'tsconfig.json'].sort();
    return hashOf(paths.map((path) => this.hashOfFile(path)).join());
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 24);
