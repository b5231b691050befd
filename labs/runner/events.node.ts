/**
 * What the process in which the learner's file runs tells the grader. This is loaded before everything else there, so
 * that nothing that the file does is missed, not even what it does while it is loaded.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { Printed } from './printed.node.js';
import type { DiagramEntry } from './result.js';
import { REQUEST_VARIABLE, type RunEvent, type RunRequest, type StuckStory } from './run-request.js';
import { startWitness, tellWhenStuck } from './stuck-witness.node.js';

const requestFile = process.env[REQUEST_VARIABLE];

/** Null when the checks run as ordinary tests. */
export const request: RunRequest | null =
  requestFile === undefined ? null : (JSON.parse(readFileSync(requestFile, 'utf8')) as RunRequest);

/** What the learner's file prints; nothing is caught when the checks run as ordinary tests. */
export const printed = request === null ? null : Printed.start();

export function tell(event: RunEvent): void {
  if (request !== null) appendFileSync(request.eventsFile, `${JSON.stringify(event)}\n`);
}

/** Vitest keeps the process alive, too, but tells of a test framework and not of the learner's file. */
if (request !== null) {
  process.exit = (code) => {
    const error = new Error('it would end the whole process, the server and everybody in it');
    throw Object.assign(error, { name: `process.exit(${code ?? ''})` });
  };
}

/** @param diagram what happened so far in the check that runs now */
export function watched(diagram: () => readonly DiagramEntry[]): void {
  tellWhenStuck(() => JSON.stringify({ diagram: diagram(), printed: printed?.take() ?? '' } satisfies StuckStory));
}

watched(() => []);
if (request !== null) startWitness(request);
tell({ event: 'loading', pid: process.pid });
