/** For tests: a watcher that remembers what it was told. */
import type { Watcher } from '#02-watch/watch-manager.js';
import type { ACL } from '#05-jute/records/data.js';
import { EventType } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';

export class WatchRecorder implements Watcher {
  readonly name: string;
  readonly zxids: Zxid[] = [];
  readonly acls: (readonly ACL[] | null)[] = [];
  /** What else happens when it is told. */
  whenTold: () => void = () => {};
  private events: string[] = [];

  constructor(name = 'watcher') {
    this.name = name;
  }

  process(type: EventType, path: string, zxid: Zxid, acl: readonly ACL[] | null): void {
    this.events.push(`${nameOf(type)} ${path}`);
    this.zxids.push(zxid);
    this.acls.push(acl);
    this.whenTold();
  }

  /** The events since it was last asked, as `NodeCreated /a`. */
  told(): string[] {
    const { events } = this;
    this.events = [];
    return events;
  }
}

const nameOf = (type: EventType): string =>
  Object.entries(EventType).find(([, value]) => value === type)?.[0] ?? String(type);
