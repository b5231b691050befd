/** The two halves of a node's path. `/` is its own parent. */

/**
 * Mostly the parent of many paths is asked for again and again. They get one string then: it is compared, and found in a
 * map, several times as fast as a piece of another one.
 * @param path a valid path, or one that at least holds a `/`
 */
export function parentPath(path: string): string {
  if (path === lastPath) return lastParent;
  let slash = path.length - 1;
  while (slash > 0 && path.charCodeAt(slash) !== SLASH) slash--;
  lastPath = path;
  lastParent = slash <= 0 ? '/' : start(path, slash);
  return lastParent;
}

/** Several parts of a server ask for the same one, one after the other. */
let lastPath = '/';
let lastParent = '/';

/** The first characters of a path: the same string as last time, if it is still known. */
function start(path: string, length: number): string {
  const place =
    (length + 7 * path.charCodeAt(Math.max(length - 2, 0)) + 31 * path.charCodeAt(length - 1)) % known.length;
  const candidate = known[place] as string;
  if (candidate.length === length && path.startsWith(candidate)) return candidate;
  // Joined, since the slice alone would be a view of the whole path, and keep it in memory.
  const made = [path.slice(0, 1), path.slice(1, length)].join('');
  if (length <= LONGEST_KNOWN) known[place] = made;
  return made;
}

const SLASH = '/'.charCodeAt(0);
/** Clients choose the paths: they must not fill the memory with them. */
const LONGEST_KNOWN = 1024;
const known: string[] = Array.from({ length: 256 }, () => '/');

/** The last component: what the parent calls this node. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
