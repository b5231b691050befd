/**
 * How well the simulated network behaves. Its defaults are those of an ordinary network seen with suspicion: nothing is
 * lost, but everything that TCP leaves open (how bytes are cut into chunks, how long they take) is made use of.
 */

export interface NetworkConditions {
  /** The time that anything takes from one machine to another, drawn anew each time; least and most. */
  latencyMs: readonly [number, number];

  /** How often what is sent is cut in two at a random place, to arrive separately. */
  splitChance: number;

  /** How often the first bytes of what is sent arrive one by one. */
  singleByteChance: number;

  /** How often what arrives brings along what was sent after it. */
  joinChance: number;

  /** How often `write` returns false though there is room, and reads the memory only some time later. */
  holdWriteChance: number;

  /** How often something takes much longer, and how much longer then. */
  slowChance: number;
  slowMs: readonly [number, number];

  /** How often a connection breaks when bytes arrive, of all times that bytes arrive. */
  breakChance: number;

  /** How often a connection is refused although someone listens. */
  refuseChance: number;

  /** Bytes that are on the way or wait to be read, per direction; a writer has to hold what goes beyond. */
  windowBytes: number;
}

/** The default. */
export const ORDINARY_NETWORK: Readonly<NetworkConditions> = {
  latencyMs: [0.1, 2],
  splitChance: 1 / 8,
  singleByteChance: 1 / 64,
  joinChance: 1 / 4,
  holdWriteChance: 1 / 16,
  slowChance: 0,
  slowMs: [5, 200],
  breakChance: 0,
  refuseChance: 0,
  windowBytes: 65_536,
};

/** Each write arrives as one chunk, after the same time: for transcripts that people read. */
export const CALM_NETWORK: Readonly<NetworkConditions> = {
  ...ORDINARY_NETWORK,
  latencyMs: [1, 1],
  splitChance: 0,
  singleByteChance: 0,
  joinChance: 0,
  holdWriteChance: 0,
};

/** Long waits, broken and refused connections, too. */
export const ROUGH_NETWORK: Readonly<NetworkConditions> = {
  ...ORDINARY_NETWORK,
  splitChance: 1 / 3,
  singleByteChance: 1 / 16,
  slowChance: 1 / 50,
  breakChance: 1 / 500,
  refuseChance: 1 / 10,
};
