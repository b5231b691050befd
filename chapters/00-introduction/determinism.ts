/**
 * Takes the clock, the timers and the dice away from code that runs in a simulation, so that the same seed always
 * gives the same run.
 *
 * Guarded, while an event runs and while the promises that it has settled run on: `Date.now`, `new Date()` and
 * `Date()` without arguments, `performance.now`, `Math.random`, `setTimeout`, `setInterval`, `setImmediate`,
 * `crypto.getRandomValues`, `crypto.randomUUID`. Allowed: `new Date(ms)`, `queueMicrotask`, clearing a timer.
 *
 * Not guarded: functions that a module took from these places before the first run; modules of Node such as
 * `node:crypto`, `node:timers` and `node:fs`; `process`. A lint rule keeps those out of files that are not `*.node.ts`.
 *
 * Between two events the guard lets everything pass, since the event loop is then with others (a test runner has timers
 * of its own). But another task of the event loop that comes up in the very moment between an event and the end of its
 * promises is guarded too, although it has nothing to do with the simulation.
 */

/** Code in a simulated run asked the computer for something that is not the same the next time. */
export class NondeterminismError extends Error {
  override readonly name = 'NondeterminismError';
}

export interface DeterminismGuard {
  /** From here on the guarded functions throw … */
  enter(): void;
  /** … to here. The calls are counted. */
  leave(): void;
  /** Puts the functions back as they were, when nobody else has a guard. */
  remove(): void;
}

/**
 * Forbids them until the returned function is called.
 * @throws {NondeterminismError} from any of the guarded functions meanwhile
 */
export function forbidNondeterminism(): () => void {
  const guard = guardDeterminism();
  guard.enter();
  let forbidden = true;
  return () => {
    if (!forbidden) return;
    forbidden = false;
    guard.leave();
    guard.remove();
  };
}

/** Puts the guard in place, open. It costs nothing per event: entering and leaving only count. */
export function guardDeterminism(): DeterminismGuard {
  if (guards++ === 0) restore = replaceFunctions();
  let removed = false;
  return {
    enter: () => {
      entered++;
    },
    leave: () => {
      entered--;
    },
    remove: () => {
      if (removed) return;
      removed = true;
      if (--guards === 0) restore();
    },
  };
}

let guards = 0;
let entered = 0;
let restore = (): void => {};

const USE_CLOCK = 'use world.clock.wallMs() or world.clock.monotonicMs()';
const USE_SCHEDULE = 'use world.clock.schedule() or world.clock.atEndOfTurn()';
const USE_RANDOM = 'use world.random.integer()';

function replaceFunctions(): () => void {
  const restores = [
    replaceFunction(Date, 'now', 'Date.now()', USE_CLOCK),
    replaceFunction(globalThis.performance, 'now', 'performance.now()', USE_CLOCK),
    replaceFunction(Math, 'random', 'Math.random()', USE_RANDOM),
    replaceFunction(globalThis, 'setTimeout', 'setTimeout()', USE_SCHEDULE),
    replaceFunction(globalThis, 'setInterval', 'setInterval()', USE_SCHEDULE),
    replaceFunction(globalThis, 'setImmediate', 'setImmediate()', USE_SCHEDULE),
    replaceFunction(globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues()', USE_RANDOM),
    replaceFunction(globalThis.crypto, 'randomUUID', 'crypto.randomUUID()', USE_RANDOM),
    replaceDate(),
  ];
  return () => {
    for (const undo of restores.reverse()) undo();
  };
}

function refuse(what: string, instead: string): void {
  if (entered > 0) {
    throw new NondeterminismError(`${what} in a simulated run differs from run to run: ${instead}`);
  }
}

/** @param owner may be missing, and so may the function: browsers have no `setImmediate` */
function replaceFunction(owner: object | undefined, name: string, what: string, instead: string): () => void {
  const original: unknown = owner === undefined ? undefined : Reflect.get(owner, name);
  if (owner === undefined || typeof original !== 'function') return () => {};
  const guarded = new Proxy(original, {
    apply: (target, self, args) => {
      refuse(what, instead);
      return Reflect.apply(target, self, args);
    },
  });
  return replaceProperty(owner, name, guarded);
}

/** `new Date(1234)` stays allowed: it is arithmetic. */
function replaceDate(): () => void {
  const guarded: DateConstructor = new Proxy(Date, {
    apply: (target, self, args) => {
      refuse('Date()', USE_CLOCK);
      return Reflect.apply(target, self, args);
    },
    construct: (target, args, newTarget) => {
      if (args.length === 0) refuse('new Date()', USE_CLOCK);
      return Reflect.construct(target, args, newTarget === guarded ? target : newTarget);
    },
  });
  return replaceProperty(globalThis, 'Date', guarded);
}

/** A function that was inherited is shadowed, and shown again afterwards. */
function replaceProperty(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? false,
  });
  return () => {
    if (Reflect.get(owner, name) !== value) return;
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}
