/**
 * Which paths a node can have. Server and client judge by the same rules: the client to say early what is wrong, the
 * server because it can't trust a client.
 *
 * @apache common.PathUtils
 */

/**
 * Judges a path.
 * @returns null when it is right, otherwise why it is not, in words
 */
export function validatePath(path: string): string | null {
  if (path === '') return 'it is empty';
  if (path.charCodeAt(0) !== SLASH) return 'it does not start with /';
  if (path.length === 1) return null;
  if (path.charCodeAt(path.length - 1) === SLASH) return 'it ends with /';
  let nameStart = 1;
  for (let i = 1; i <= path.length; i++) {
    const unit = i < path.length ? path.charCodeAt(i) : SLASH;
    if (unit === SLASH) {
      const reason = wrongName(path, nameStart, i);
      if (reason !== null) return reason;
      nameStart = i + 1;
    } else if (isForbidden(unit)) {
      return `the character U+${unit.toString(16).toUpperCase().padStart(4, '0')} at ${i} is not allowed`;
    }
  }
  return null;
}

/**
 * Judges the path of a create request. A sequential node gets a number behind its path, so `/queue/` is right for it:
 * the name of the node will be the number.
 * @returns as `validatePath`
 */
export function validateCreatePath(path: string, sequential: boolean): string | null {
  return validatePath(sequential ? `${path}1` : path);
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** The name lies between `start` and `end`. */
function wrongName(path: string, start: number, end: number): string | null {
  if (end === start) return `the name at ${start} is empty`;
  if (end - start > 2 || path.charCodeAt(start) !== DOT) return null;
  if (end - start === 1) return `the name . at ${start} is not allowed`;
  return path.charCodeAt(start + 1) === DOT ? `the name .. at ${start} is not allowed` : null;
}

/** Control characters, halves of characters beyond U+FFFF, private ones, and the last sixteen. */
function isForbidden(unit: number): boolean {
  if (unit > 0x1f && unit < 0x7f) return false;
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}
