/**
 * The same seed gives the same run, byte by byte, also in another process and where there is no Node: the simulation is
 * bundled as for a browser, and runs among nothing but what the language and a browser have.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import vm from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { busyRun } from '#00-introduction/busy-run.js';

const SEED = 7;
const ENTRY = `import { busyRun } from '#00-introduction/busy-run.js';
busyRun(${SEED}).then((lines) => report(lines.join('\\n')));`;

async function bundle(platform: 'browser' | 'node'): Promise<string> {
  const result = await build({
    stdin: { contents: ENTRY, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    platform,
    format: 'iife',
    ...(platform === 'browser' ? { alias: { 'node:buffer': 'buffer/' } } : {}),
  });
  return result.outputFiles[0]?.text ?? '';
}

test('in another process', async () => {
  const program = `const report = (text) => process.stdout.write(text);\n${await bundle('node')}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { maxBuffer: 1 << 26 });
  expect(stdout.split('\n')).toEqual(await busyRun(SEED));
});

test('without Node', async () => {
  const program = await bundle('browser');
  const channels: InstanceType<typeof MessageChannel>[] = [];
  class NotedChannel extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
    }
  }
  const text = await new Promise<string>((report) => {
    vm.runInNewContext(program, { report, MessageChannel: NotedChannel });
  });
  for (const { port1 } of channels) port1.close();
  expect(channels).toHaveLength(1);
  expect(text.split('\n')).toEqual(await busyRun(SEED));
});
