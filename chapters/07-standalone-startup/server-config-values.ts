/**
 * The kinds of values that a configuration has: each can read a text, and can say in words what it takes.
 *
 * Java reads numbers in two ways, and so do we. A key that only zoo.cfg has is decimal. A system property may also be
 * hexadecimal (`0x10`, `#10`) or octal (`010`, which is 8).
 *
 * Apache ZooKeeper keeps the default in silence when a system property is not what it should be. Here that is an
 * error: a limit that somebody set, and that does not hold, is worse than a server that says why it does not start.
 */

export interface ValueType<T> {
  /** What is allowed, to follow "must be": `a whole number from 1 to 65535`. */
  readonly allowed: string;
  /** @returns undefined for a text that is not allowed */
  read(text: string): T | undefined;
}

export const INT_MIN = -(2 ** 31);
export const INT_MAX = 2 ** 31 - 1;
/** Java's long reaches further, but no size, time or count of this world does. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A decimal number, as Java's `Integer.parseInt` reads it. */
export function decimal(min: number, max: number = INT_MAX): ValueType<number> {
  return {
    allowed: wholeNumber(min, max),
    read: (text) => (/^[+-]?\d+$/.test(text) ? within(min, max, Number(text)) : undefined),
  };
}

/** A number as Java's `Integer.decode` reads it. */
export function decoded(min: number, max: number = INT_MAX): ValueType<number> {
  return {
    allowed: `${wholeNumber(min, max)} (0x… is hexadecimal, 0… octal)`,
    read(text) {
      const number = /^([+-]?)(?:(?:0[xX]|#)([\da-fA-F]+)|0([0-7]+)|(\d+))$/.exec(text);
      if (number === null) return undefined;
      const [, sign, hexadecimal, octal, digits] = number;
      if (digits?.startsWith('0') && digits.length > 1) return undefined; // such as 09
      const value = hexadecimal ? Number(`0x${hexadecimal}`) : octal ? Number(`0o${octal}`) : Number(digits);
      return within(min, max, sign === '-' ? -value : value);
    },
  };
}

/** A number that need not be whole, as Java's `Double.parseDouble` reads most of them. */
export function fraction(min: number, max: number): ValueType<number> {
  return {
    allowed: `a number from ${min} to ${max}`,
    read: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? within(min, max, Number(text)) : undefined),
  };
}

/** A number of kilobytes, kept as bytes. What is not positive becomes 0, which stands for "off". */
export function kilobytes(readAs: typeof decimal | typeof decoded): ValueType<number> {
  const type = readAs(INT_MIN, Math.floor(LARGEST / 1024));
  return {
    allowed: `${type.allowed}, in units of 1024 bytes`,
    read(text) {
      const value = type.read(text);
      return value === undefined ? undefined : Math.max(0, value * 1024);
    },
  };
}

/** A limit that 0 and everything below it switches off; kept as 0 then. */
export function limit(readAs: typeof decimal | typeof decoded): ValueType<number> {
  const type = readAs(INT_MIN);
  return {
    allowed: `${type.allowed}; 0 or less for no limit`,
    read(text) {
      const value = type.read(text);
      return value === undefined ? undefined : Math.max(0, value);
    },
  };
}

export const trueOrFalse: ValueType<boolean> = {
  allowed: 'true or false',
  read: (text) => oneOf(text.toLowerCase(), 'true', 'false'),
};

export const yesOrNo: ValueType<boolean> = {
  allowed: 'yes or no',
  read: (text) => oneOf(text, 'yes', 'no'),
};

/** Any text at all, also none. */
export const anyText: ValueType<string> = { allowed: 'a text', read: (text) => text };

/** A text that says something. */
export const someText: ValueType<string> = {
  allowed: 'a text that is not empty',
  read: (text) => (text === '' ? undefined : text),
};

/** Words with commas between them. */
export const commaList: ValueType<readonly string[]> = {
  allowed: 'words with commas between them',
  read: (text) =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
};

function wholeNumber(min: number, max: number): string {
  return min === INT_MIN ? `a whole number, at most ${max}` : `a whole number from ${min} to ${max}`;
}

function oneOf(text: string, on: string, off: string): boolean | undefined {
  return text === on ? true : text === off ? false : undefined;
}

function within(min: number, max: number, value: number): number | undefined {
  // "-0" is 0 to Java; adding 0 makes it so.
  return value >= min && value <= max ? value + 0 : undefined;
}
