/** The thread of `runGuarded`, with all that reads bytes of a stranger. */
import { readFileSync } from 'node:fs';
import { ClientTarget } from '#testing/fuzz/client-target.js';
import { DecoderTarget } from '#testing/fuzz/decoder-target.js';
import { LogTarget, SnapshotTarget } from '#testing/fuzz/disk-targets.js';
import { fuzzInThread } from '#testing/fuzz/fuzz-in-thread.node.js';
import type { FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { ServerTarget } from '#testing/fuzz/server-target.js';

const golden = (name: string) => readFileSync(new URL(`../../20-data-files/golden/${name}`, import.meta.url));

const targets: Readonly<Record<string, () => FuzzTarget>> = {
  server: () => new ServerTarget(),
  client: () => new ClientTarget(),
  decoder: () => new DecoderTarget(),
  log: () => new LogTarget(golden('log.1')),
  snapshot: () => new SnapshotTarget(golden('snapshot.1b')),
};

fuzzInThread(targets);
