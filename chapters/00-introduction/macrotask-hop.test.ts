import { describe, expect, test } from 'vitest';
import { hop, messageChannelHop } from '#00-introduction/macrotask-hop.js';

const channel = new MessageChannel();

describe.each([
  ['the hop of this platform', hop],
  ['the hop of a browser', messageChannelHop(channel)],
] as const)('%s', (_name, hopNow) => {
  test('runs its callbacks in order, each after all promises', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      hopNow(() => {
        order.push('first');
        void Promise.resolve()
          .then(() => {})
          .then(() => order.push('promise of first'));
      });
      hopNow(() => order.push('second'));
      hopNow(resolve);
      void Promise.resolve()
        .then(() => {})
        .then(() => order.push('promise'));
      order.push('now');
    });
    expect(order).toEqual(['now', 'promise', 'first', 'promise of first', 'second']);
  });
});

test('a browser’s channel can be closed', () => {
  expect(() => channel.port1.close()).not.toThrow();
});
