/** All scenarios by the names that the text calls them. */
import { crashLosesUnsyncedWrite } from '#07-standalone-startup/scenarios/crash-loses-unsynced-write.js';
import { framesCutByTheNetwork } from '#07-standalone-startup/scenarios/frames-cut-by-the-network.js';
import { freePlay } from '#07-standalone-startup/scenarios/free-play.js';
import { leaderCrashes } from '#07-standalone-startup/scenarios/leader-crashes.js';
import { notThereYet } from '#07-standalone-startup/scenarios/not-there-yet.js';
import type { Scenario } from '#07-standalone-startup/scenarios/scenario.js';
import { sessionExpiresTakesEphemerals } from '#07-standalone-startup/scenarios/session-expires-takes-ephemerals.js';
import { sessionOutlivesConnection } from '#07-standalone-startup/scenarios/session-outlives-connection.js';
import { threeWorkers } from '#07-standalone-startup/scenarios/three-workers.js';
import { twoUpdates } from '#07-standalone-startup/scenarios/two-updates.js';
import { watchAndReadAgain } from '#07-standalone-startup/scenarios/watch-and-read-again.js';
import { writeOvertakenByPowerCut } from '#07-standalone-startup/scenarios/write-overtaken-by-power-cut.js';

export const scenarios: Readonly<Record<string, Scenario>> = {
  'three-workers': threeWorkers,
  'crash-loses-unsynced-write': crashLosesUnsyncedWrite,
  'frames-cut-by-the-network': framesCutByTheNetwork,
  'write-overtaken-by-power-cut': writeOvertakenByPowerCut,
  'session-expires-takes-ephemerals': sessionExpiresTakesEphemerals,
  'session-outlives-connection': sessionOutlivesConnection,
  'leader-crashes': leaderCrashes,
  'two-updates': twoUpdates,
  'watch-and-read-again': watchAndReadAgain,
  'not-there-yet': notThereYet,
  'free-play': freePlay,
};
