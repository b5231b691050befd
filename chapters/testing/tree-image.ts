/** What a client can see of a server's tree, whole: to be compared with what another server shows of the same data. */
import type { Stat } from '#05-jute/records/data.js';
import type { RawSession } from '#testing/raw-session.node.js';

export interface NodeImage {
  /** In base64; null is no data at all. */
  readonly data: string | null;
  /** `scheme:id=perms`, in their order. */
  readonly acl: readonly string[];
  readonly stat: Stat;
}

/** Every node by its path, sorted. */
export type TreeImage = Readonly<Record<string, NodeImage>>;

/** Requests that are under way at a time. */
const BATCH = 200;

/**
 * Reads the whole tree, or the part below a node that is there.
 * @param isLeftOut says which nodes below it to leave out, with all that is below them
 * @param session one that may read everything, and has ADMIN where an ACL has a digest: others see it masked
 * @throws {Error} (as a rejection) when something can't be read, or the tree changes meanwhile
 */
export async function readTree(
  session: RawSession,
  from = '/',
  isLeftOut: (path: string) => boolean = () => false,
): Promise<TreeImage> {
  const nodes = new Map<string, NodeImage>();
  let waiting = [from];
  while (waiting.length > 0) {
    const batch = waiting.slice(0, BATCH);
    const children = await readNodes(session, batch, nodes);
    waiting = [...waiting.slice(BATCH), ...children.filter((path) => !isLeftOut(path))];
  }
  return Object.fromEntries([...nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns the paths of their children */
async function readNodes(session: RawSession, paths: string[], into: Map<string, NodeImage>): Promise<string[]> {
  for (const path of paths) {
    session.send('getData', { path, watch: false });
    session.send('getACL', { path });
    session.send('getChildren', { path, watch: false });
  }
  const childPaths: string[] = [];
  for (const path of paths) {
    const data = session.answer('getData', await session.reply()).response;
    const acl = session.answer('getACL', await session.reply()).response;
    const children = session.answer('getChildren', await session.reply()).response?.children;
    if (!data || !acl || !children) throw new Error(`${path} can't be read whole`);
    into.set(path, {
      data: data.data?.toString('base64') ?? null,
      acl: (acl.acl ?? []).map(({ perms, id }) => `${id.scheme}:${id.id}=${perms}`),
      stat: data.stat,
    });
    for (const name of children) childPaths.push(path === '/' ? `/${name}` : `${path}/${name}`);
  }
  return childPaths;
}
