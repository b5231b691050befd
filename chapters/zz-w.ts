import { TreeWatches } from '#02-watch/watch-manager.js';

const gc = (globalThis as any).gc;
function heap() {
  gc();
  gc();
  const m = process.memoryUsage();
  return m.heapUsed;
}
class W {
  process() {}
}
for (const [name, watchers, paths, shared] of [
  ['1000 watchers x 1000 own paths', 1000, 1000, false],
  ['1000 watchers x the same 1000 paths', 1000, 1000, true],
  ['100 watchers x 10000 own', 100, 10000, false],
  ['10 watchers x 100000 own', 10, 100000, false],
] as const) {
  const pathStrings = Array.from(
    { length: shared ? paths : paths * watchers },
    (_, i) => `/services/app/instance-${String(i).padStart(7, '0')}`,
  );
  for (const p of pathStrings) (p as any).length;
  const before = heap();
  const t = new TreeWatches();
  const ws = Array.from({ length: watchers }, () => new W() as any);
  const t0 = performance.now();
  for (let w = 0; w < watchers; w++)
    for (let i = 0; i < paths; i++) t.data.add(pathStrings[shared ? i : w * paths + i]!, ws[w]);
  const t1 = performance.now();
  const after = heap();
  console.log(name, ((after - before) / (watchers * paths)).toFixed(0), 'B/watch', (t1 - t0).toFixed(0), 'ms add');
  const t2 = performance.now();
  for (const w of ws) t.removeWatcher(w);
  console.log('  remove', (performance.now() - t2).toFixed(0), 'ms', t.data.pathCount);
}
