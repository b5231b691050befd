/** A teacher's own seeds: numbers in a file, with spaces, commas or lines between. */
import { LabError, readText } from './project.node.js';

/** @throws {LabError} the file can't be read, or has something else in it */
export function readSeeds(path: string): number[] {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    throw new LabError(`The seeds can't be read: ${(error as Error).message}`);
  }
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.find((word) => !/^\d{1,9}$/.test(word));
  if (wrong !== undefined) throw new LabError(`${path}: "${wrong}" is no seed; seeds are whole numbers below 10^9.`);
  if (words.length === 0) throw new LabError(`${path} has no seeds.`);
  return words.map(Number);
}
