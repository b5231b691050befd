/** Somebody who watches, for the unit checks: a name, and what it has been told. */
import { inspect } from 'node:util';
import type { Watcher } from '#02-watch/watch-manager.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { NO_ZXID, type Zxid, zxid } from '#06-network-protocol/ids.js';

export class Listener implements Watcher {
  readonly name: string;
  /** What it does when it is told. */
  whenTold: () => void = () => {};
  private heard: string[] = [];
  private lastZxid: Zxid = NO_ZXID;

  constructor(name: string) {
    this.name = name;
  }

  process(type: EventType, path: string, zxid: Zxid): void {
    this.heard.push(`${nameOf(type)} ${path}`);
    this.lastZxid = zxid;
    this.whenTold();
  }

  /** What it has been told since it was last asked. */
  told(): string[] {
    return this.heard.splice(0);
  }

  get zxidTold(): Zxid {
    return this.lastZxid;
  }

  /** In the report, by its name alone. */
  [inspect.custom](): string {
    return this.name;
  }
}

export const listeners = (...names: string[]): Listener[] => names.map((name) => new Listener(name));

/** Who they are, for a message. */
export const namesOf = (watchers: Iterable<Watcher>): string[] => [...watchers].map((each) => (each as Listener).name);

export const AT = zxid(7n);

const nameOf = (type: EventType): string =>
  Object.entries(EventType).find(([, value]) => value === type)?.[0] ?? String(type);
