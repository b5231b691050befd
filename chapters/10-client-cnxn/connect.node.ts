/** `connect` for programs that run on Node. */
import { RealLog } from '#00-introduction/real-log.node.js';
import { realWorld } from '#00-introduction/real-world.node.js';
import type { Log } from '#00-introduction/world.js';
import { type ConnectOptions, connect as connectIn } from '#10-client-cnxn/connect.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';

export interface NodeConnectOptions extends ConnectOptions {
  /** Default: warnings and errors, to standard error. */
  readonly log?: Log;
}

/** As `connect` of connect.ts, over TCP. */
export function connect(connectString: string, options: NodeConnectOptions = {}): Promise<ZooKeeper> {
  const log = options.log ?? new RealLog({ level: 'warn' });
  return connectIn(realWorld({ log }), connectString, options);
}
