/**
 * The way back to the event loop: what is given to `hop` runs after every promise that can settle has settled.
 *
 * The one file outside `*.node.ts` that may touch a timer. It takes it when it is loaded, before a simulated run
 * forbids timers to everybody else. Nothing of the order in which things happen in a run depends on it.
 */

/** Runs `callback` as a task of its own. Callbacks keep their order. */
export const hop: (callback: () => void) => void =
  typeof setImmediate === 'function' ? immediateHop(setImmediate) : messageChannelHop(new MessageChannel());

function immediateHop(later: typeof setImmediate): (callback: () => void) => void {
  return (callback) => void later(callback);
}

/** What is used of a MessageChannel. */
export interface Channel {
  readonly port1: { onmessage?: unknown; close(): void };
  readonly port2: { postMessage(message: null): void };
}

/** For browsers, where `setTimeout` waits 4 ms after a few calls in a row and a message does not. */
export function messageChannelHop({ port1, port2 }: Channel): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
