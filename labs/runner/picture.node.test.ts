/** The picture of lab 15, with the reference in the learner's place. */
import { expect, test } from 'vitest';
import { runProgram } from '#testing/child-process.node.js';
import { peers } from '#testing/peers.node.js';
import { project } from './project.node.js';

test('a server of ours leads, is killed, comes back and follows, in an ensemble of processes', async () => {
  const program = 'labs/15-fast-leader-election/grade-picture.node.ts';
  const args = ['--import', 'tsx', program, '--ascii'];
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, args, {
    cwd: project,
    env: { COLUMNS: '80' },
  });
  expect(`${exitCode} ${stderr}`).toBe('0 ');
  const lines = stdout.split('\n');
  const [heading] = lines.filter((line) => line.includes('your server 2'));
  expect(heading).toContain(peers.apacheServer.isInstalled() ? "Apache's server 1" : 'our server 1');
  expect(lines.every((line) => line.length <= 80 || line.includes(' says: '))).toBe(true);
  for (const text of ['* leads', 'comes to follow you', 'round 1, leads: 2', 'Your server is killed', 'leads *']) {
    expect(stdout).toContain(text);
  }
  expect(stdout).toMatch(/\* follows server [13]/);
  expect(stdout).toMatch(/server [13] says: (LEADING - LEADER ELECTION TOOK|leading: round \d+ was won)/i);
});
