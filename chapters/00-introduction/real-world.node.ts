/** The world as it is: Node's clock, sockets, files and random numbers. */
import { RealClock } from '#00-introduction/real-clock.node.js';
import { RealDisk } from '#00-introduction/real-disk.node.js';
import { RealLog } from '#00-introduction/real-log.node.js';
import { RealNetwork } from '#00-introduction/real-network.node.js';
import { RealRandom } from '#00-introduction/real-random.node.js';
import type { Log, World } from '#00-introduction/world.js';

export interface RealWorldOptions {
  /** Default: lines to standard error. */
  readonly log?: Log;
}

export function realWorld(options: RealWorldOptions = {}): World {
  const log = options.log ?? new RealLog();
  return {
    clock: new RealClock(),
    network: new RealNetwork(log),
    disk: new RealDisk(),
    random: new RealRandom(),
    log,
  };
}
