/**
 * The names on a simulated disk, twice: as programs see them, and as they would be after a power cut. A change of a name
 * becomes certain when its folder is synced.
 */
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { SimulatedFile } from '#00-introduction/simulated-file.js';

export type NameEntry = SimulatedFile | 'directory';

type NameChange =
  | { readonly kind: 'add'; readonly path: string; readonly entry: NameEntry }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string };

export class SimulatedNames {
  private entries = new Map<string, NameEntry>();
  private durable = new Map<string, NameEntry>();
  private unsynced: NameChange[] = [];

  get(path: string): NameEntry | undefined {
    return path === '/' ? 'directory' : this.entries.get(path);
  }

  getDurable(path: string): NameEntry | undefined {
    return this.durable.get(path);
  }

  /** Names in a folder, sorted. */
  list(directory: string): string[] {
    const names: string[] = [];
    for (const path of this.entries.keys()) {
      if (parentOf(path) === directory) names.push(path.slice(path.lastIndexOf('/') + 1));
    }
    return names.sort();
  }

  add(path: string, entry: NameEntry): void {
    this.change({ kind: 'add', path, entry });
  }

  remove(path: string): void {
    this.change({ kind: 'remove', path });
  }

  /** A file of the new name is gone, in the same step. */
  rename(path: string, to: string): void {
    this.change({ kind: 'rename', path, to });
  }

  get usedBytes(): number {
    let sum = 0;
    for (const entry of this.entries.values()) if (entry !== 'directory') sum += entry.content.sizeBytes;
    return sum;
  }

  /** Makes the changes in a folder certain, with the earlier changes that they build on. */
  syncDirectory(directory: string): void {
    const paths = new Set<string>();
    const synced = new Set<NameChange>();
    for (const change of [...this.unsynced].reverse()) {
      const touched = pathsOf(change);
      if (!touched.some((path) => parentOf(path) === directory || paths.has(path))) continue;
      synced.add(change);
      for (const path of touched) paths.add(path);
    }
    for (const change of this.unsynced) if (synced.has(change)) apply(this.durable, change);
    this.unsynced = this.unsynced.filter((change) => !synced.has(change));
  }

  /** Of the changes that are not certain any may be lost, but none is kept that builds on a lost one. */
  cutPower(random: SeededRandom): void {
    const mode = random.integer(3);
    const lostPaths = new Set<string>();
    for (const change of this.unsynced) {
      const touched = pathsOf(change);
      const isKept = mode === 0 || (mode === 1 && random.integer(2) === 0);
      if (isKept && !touched.some((path) => lostPaths.has(path))) apply(this.durable, change);
      else for (const path of touched) lostPaths.add(path);
    }
    this.unsynced = [];
    dropOrphans(this.durable);
    for (const entry of new Set(this.durable.values())) if (entry !== 'directory') entry.cutPower(random);
    this.entries = new Map(this.durable);
  }

  private change(change: NameChange): void {
    apply(this.entries, change);
    this.unsynced.push(change);
  }
}

/** `/a/b` of `/a/b/c`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function pathsOf(change: NameChange): string[] {
  return change.kind === 'rename' ? [change.path, change.to] : [change.path];
}

function apply(entries: Map<string, NameEntry>, change: NameChange): void {
  if (change.kind === 'add') entries.set(change.path, change.entry);
  else if (change.kind === 'remove') entries.delete(change.path);
  else {
    for (const [path, entry] of [...entries]) {
      if (path !== change.path && !path.startsWith(`${change.path}/`)) continue;
      entries.delete(path);
      entries.set(change.to + path.slice(change.path.length), entry);
    }
  }
}

/** A file is lost with its folder. */
function dropOrphans(entries: Map<string, NameEntry>): void {
  for (const path of [...entries.keys()].sort()) {
    const parent = parentOf(path);
    if (parent !== '/' && entries.get(parent) !== 'directory') entries.delete(path);
  }
}
