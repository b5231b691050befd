/**
 * A client may live in a part of the tree as if that were all of it. Paths get the chroot in front on their way to the
 * server, and lose it on their way back. The chroot's own node is the root of such a client.
 */

export class Chroot {
  private readonly prefix: string;

  /** @param prefix a path, or '' for a client that sees the whole tree */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  toServer(path: string): string {
    if (this.prefix === '') return path;
    return path === '/' ? this.prefix : this.prefix + path;
  }

  /** What does not lie below the chroot stays as it is: events of `/zookeeper/config` come to every client. */
  toClient(path: string): string {
    if (this.prefix === '' || !path.startsWith(this.prefix)) return path;
    if (path.length === this.prefix.length) return '/';
    return path.charAt(this.prefix.length) === '/' ? path.slice(this.prefix.length) : path;
  }
}
