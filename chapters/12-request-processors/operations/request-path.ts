/** Paths as requests have them: anything may come. */
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { validatePath } from '#06-network-protocol/paths.js';

/**
 * The path of a write.
 * @throws {KeeperException} BadArguments: no path, or not a valid one
 */
export function requireValidPath(path: string | null): string {
  if (path === null || validatePath(path) !== null) throw KeeperException.of(ErrorCode.BadArguments);
  return path;
}

/**
 * The path of a read. It need not be valid: there simply is no node of that name.
 * @throws {KeeperException} MarshallingError: no path at all
 */
export function requirePath(path: string | null): string {
  if (path === null) throw KeeperException.of(ErrorCode.MarshallingError);
  return path;
}
