import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findZkCli } from '#07-standalone-startup/zk-cli.node.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoowalk-zkcli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the shell is called by its name only when that is in PATH', () => {
  const [empty, elsewhere] = [join(folder, 'bin'), join(folder, 'zkCli.sh')];
  expect(findZkCli(empty, elsewhere)).toBeNull();
  writeFileSync(elsewhere, '');
  expect(findZkCli(empty, elsewhere)).toBe(elsewhere);
  expect(findZkCli('', elsewhere)).toBe(elsewhere);
  expect(findZkCli([empty, folder].join(delimiter), elsewhere)).toBe('zkCli.sh');
});
