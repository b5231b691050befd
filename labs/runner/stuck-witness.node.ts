/**
 * Says where the learner's code is when it does not come back. A loop without end listens to nobody, but a debugger can
 * stop it: one waits in a thread of its own until the watchdog asks for it by making a file.
 */

import type { Debugger } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Place } from './result.js';
import type { RunRequest, StuckEvent } from './run-request.js';

/** Of the process: what the debugger asks for in the stopped thread. */
const STORY_KEY = 'zoowalk.lab.story';

/** @param story what is known of the check that runs, as JSON; asked for only when the check has no end */
export function tellWhenStuck(story: () => string): void {
  Object.assign(globalThis, { [Symbol.for(STORY_KEY)]: story });
}

/** To be called in the main thread. */
export function startWitness({ stuckFile, eventsFile, learnerFile }: RunRequest): void {
  const workerData = { stuckFile, eventsFile, learnerFile, storyKey: STORY_KEY };
  new Worker(`(${witness})(require)`, { eval: true, workerData }).unref();
}

/** Its text alone goes to the other thread, so that nothing has to be compiled there: it uses nothing of this file. */
function witness(require: NodeJS.Require): void {
  const { appendFileSync, existsSync } = require('node:fs') as typeof import('node:fs');
  const { Session } = require('node:inspector') as typeof import('node:inspector');
  const { SourceMap } = require('node:module') as typeof import('node:module');
  const { pathToFileURL } = require('node:url') as typeof import('node:url');
  const { workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { stuckFile, eventsFile, learnerFile, storyKey } = workerData as Record<string, string>;

  const LOOK_EVERY_MS = 100;
  /** A loop goes through several places; only where they meet is it itself. */
  const SAMPLES = 12;
  const BETWEEN_SAMPLES_MS = 7;
  /** A thread that is not stopped by then waits for something, and runs nothing. */
  const STOP_WITHIN_MS = 4000;

  const session = new Session();
  const scripts = new Map<string, Debugger.ScriptParsedEventDataType>();
  let isAsked = false;
  // It goes on when it was asked: nothing else keeps this thread alive while the answers of the debugger are under way.
  setInterval(() => {
    if (isAsked || !existsSync(stuckFile as string)) return;
    isAsked = true;
    void answer();
  }, LOOK_EVERY_MS);

  async function answer(): Promise<void> {
    session.connectToMainThread();
    session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params));
    session.post('Debugger.enable');
    const samples: Debugger.CallFrame[][] = [];
    let frames: Debugger.CallFrame[] | null = null;
    for (let i = 0; i < SAMPLES; i++) {
      if (frames !== null) {
        session.post('Debugger.resume');
        await sleep(BETWEEN_SAMPLES_MS);
      }
      // Once more: on a machine that is very busy, the time may be over before anything could happen.
      frames = (await stopped()) ?? (await stopped());
      if (frames === null) break;
      // The outermost call first: that is where all samples are the same.
      samples.push(frames.reverse());
    }
    const event: StuckEvent = { event: 'stuck', place: placeOf(samples), story: await storyAt(frames?.at(-1)) };
    appendFileSync(eventsFile as string, `${JSON.stringify(event)}\n`);
  }

  function stopped(): Promise<Debugger.CallFrame[] | null> {
    return new Promise((resolve) => {
      session.once('Debugger.paused', ({ params }) => resolve(params.callFrames));
      setTimeout(() => resolve(null), STOP_WITHIN_MS);
      session.post('Debugger.pause');
    });
  }

  function storyAt(frame: Debugger.CallFrame | undefined): Promise<string | null> {
    return new Promise((resolve) => {
      if (frame === undefined) return resolve(null);
      const expression = `globalThis[Symbol.for(${JSON.stringify(storyKey)})]?.()`;
      const question = { callFrameId: frame.callFrameId, expression, returnByValue: true, silent: true };
      const take = (error: Error | null, told: Debugger.EvaluateOnCallFrameReturnType): void => {
        const value: unknown = error === null ? told.result.value : null;
        resolve(typeof value === 'string' ? value : null);
      };
      session.post('Debugger.evaluateOnCallFrame', question, take);
    });
  }

  /** Of the calls that all samples have in common the innermost one in the learner's file; otherwise any call there. */
  function placeOf(samples: readonly (readonly Debugger.CallFrame[])[]): Place | null {
    const [one, ...others] = samples;
    if (one === undefined) return null;
    let place: Place | null = null;
    for (const [depth, frame] of one.entries()) {
      const same = [frame, ...others.flatMap((sample) => sample[depth] ?? [])];
      if (same.length < samples.length || same.some((each) => nameOf(each) !== nameOf(frame))) break;
      const places = same.flatMap((each) => placeIn(each) ?? []);
      place = places.sort((a, b) => a.line - b.line || a.column - b.column)[0] ?? place;
      // From here on these are different calls, though they may be of the same function.
      if (same.some((each) => atOf(each) !== atOf(frame))) break;
    }
    return place ?? samples.flatMap((sample) => sample.map(placeIn).findLast((each) => each !== null) ?? [])[0] ?? null;
  }

  function nameOf({ location: { scriptId }, functionLocation }: Debugger.CallFrame): string {
    return [scriptId, functionLocation?.lineNumber, functionLocation?.columnNumber].join(':');
  }

  function atOf({ location: { scriptId, lineNumber, columnNumber } }: Debugger.CallFrame): string {
    return [scriptId, lineNumber, columnNumber].join(':');
  }

  /** Null when it is in another file than the learner's. */
  function placeIn({ location: { scriptId, lineNumber, columnNumber = 0 } }: Debugger.CallFrame): Place | null {
    const { url = '', sourceMapURL = '' } = scripts.get(scriptId) ?? {};
    if (url !== learnerFile && url !== pathToFileURL(learnerFile as string).href) return null;
    const map = /^data:application\/json;.*base64,(.*)$/.exec(sourceMapURL)?.[1];
    if (map === undefined) return { line: lineNumber + 1, column: columnNumber + 1 };
    const entry = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(lineNumber, columnNumber);
    return 'originalLine' in entry ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 } : null;
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
