/** Nodes that every tree has and that nobody may delete. */
import { QUOTA_PATH } from '#01-data-model/quota.js';

export const CONFIG_PATH = '/zookeeper/config';

/** Parents before children. */
export const RESERVED_PATHS: ReadonlySet<string> = new Set(['/', '/zookeeper', QUOTA_PATH, CONFIG_PATH]);

export const isReservedPath = (path: string): boolean => RESERVED_PATHS.has(path);
