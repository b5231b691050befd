/** What an unwritten gap throws: how "not written yet" is told from "wrong". */

const UNWRITTEN = /^lab (\d\d\.\d+) is not written yet: (.+)$/;

export interface Unwritten {
  /** The gap: `11.2`. */
  readonly id: string;
  /** The function: `ExpiryQueue.update`. */
  readonly symbol: string;
}

export const unwrittenMessage = ({ id, symbol }: Unwritten): string => `lab ${id} is not written yet: ${symbol}`;

/** @returns which gap the message of an error is about; null when it is another error */
export function unwrittenOf(message: string): Unwritten | null {
  const match = UNWRITTEN.exec(message);
  return match === null ? null : { id: match[1] as string, symbol: match[2] as string };
}

/** The gaps that still throw in a learner's file, in the order of the text. */
export function unwrittenGaps(text: string): string[] {
  return [
    ...new Set(
      [...text.matchAll(/throw new Error\('lab (\d\d\.\d+) is not written yet/g)].map(([, id]) => id as string),
    ),
  ];
}
