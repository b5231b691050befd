/** The two halves of a node's path. `/` is its own parent. */

/** @param path a valid path, or one that at least holds a `/` */
export function parentPath(path: string): string {
  if (path === lastPath) return lastParent;
  const slash = path.lastIndexOf('/');
  lastPath = path;
  lastParent = slash <= 0 ? '/' : path.slice(0, slash);
  return lastParent;
}

/** Several parts of a server ask for the same one, one after the other. */
let lastPath = '/';
let lastParent = '/';

/** The last component: what the parent calls this node. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
