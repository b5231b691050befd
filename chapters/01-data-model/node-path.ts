/** The two halves of a node's path. `/` is its own parent. */

/** @param path a valid path, or one that at least holds a `/` */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The last component: what the parent calls this node. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
