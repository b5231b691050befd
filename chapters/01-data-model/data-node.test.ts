import { expect, test } from 'vitest';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { NO_SESSION, NO_ZXID } from '#06-network-protocol/ids.js';

function nodeAt(path: string): DataNode {
  const node = new DataNode(null, 1, newStat(NO_ZXID, 0, NO_SESSION));
  node.path = path;
  return node;
}

test.each(['/', '/payout'])('the children of %s keep the order in which they came, whoever leaves', (path) => {
  const random = new SeededRandom(path);
  const parent = nodeAt(path);
  const expected: DataNode[] = [];
  const prefix = path === '/' ? path : `${path}/`;
  const reached = { 'the only one': 0, 'the first': 0, 'the last': 0, 'one between': 0 };
  for (let i = 0; i < 2000; i++) {
    if (expected.length === 0 || (expected.length < 5 && random.chance(0.5))) {
      const child = nodeAt(`${prefix}n${i}`);
      parent.addChild(child);
      expected.push(child);
    } else {
      const at = random.integer(expected.length);
      const [child] = expected.splice(at, 1);
      parent.removeChild(child as DataNode);
      if (expected.length === 0) reached['the only one']++;
      else if (at === 0) reached['the first']++;
      else if (at === expected.length) reached['the last']++;
      else reached['one between']++;
    }
    expect(parent.children).toEqual(expected.map((child) => child.path.slice(prefix.length)));
    expect(parent.childCount).toBe(expected.length);
  }
  expect(Math.min(...Object.values(reached))).toBeGreaterThan(20);
});
