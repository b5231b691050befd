/** Runs sequences on two servers at once, and stops at the first difference that nothing explains. */
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Comparer, type Difference, type ExplainedCounts } from '#testing/differential/compare.js';
import { type NormalisationCounts, Normalizer, TxnTimes } from '#testing/differential/normalize.js';
import type { Fields, Observation, Value } from '#testing/differential/observation.js';
import { Player } from '#testing/differential/player.node.js';
import type { Slot, Step } from '#testing/differential/step.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { isAtLeast, OUR_VERSION } from '#testing/versions.js';

/** Both servers need these: ticks so short that a test can wait for an expiry, and no deletions of their own. */
export const differentialProperties: Readonly<Record<string, string>> = {
  'zookeeper.extendedTypesEnabled': 'true',
  'zookeeper.enforceQuota': 'true',
  'zookeeper.forceSync': 'no',
  'znode.container.checkIntervalMs': '86400000',
  // super:super
  'zookeeper.DigestAuthenticationProvider.superDigest': 'super:gG7s8t3oDEtIqF6DM9LlI/R+9Ss=',
};
export const differentialConfig: Readonly<Record<string, string>> = {
  tickTime: '100',
  maxSessionTimeout: '2000000',
  maxClientCnxns: '0',
};

export interface Failure {
  /** Of the sequence; its length for what was seen at its end. */
  readonly stepIndex: number;
  readonly difference: Difference;
  /** What was seen at the steps before, ours, for the transcript. */
  readonly seen: readonly (readonly Observation[])[];
}

export type AnswerCounts = Map<string, { readonly succeeded: number; readonly failed: number }>;

export interface Tested {
  readonly port: number;
  readonly version: string;
}

export class DifferentialRunner implements AsyncDisposable {
  readonly normalised: NormalisationCounts = new Map();
  /** Steps that were compared. */
  steps = 0;
  /** How the requests of each kind went. */
  readonly answers: AnswerCounts = new Map();
  private readonly comparer: Comparer;
  private readonly apache: Side;
  private readonly zoowalk: Side;
  private sequences = 0;

  private constructor(apache: Side, zoowalk: Side) {
    this.apache = apache;
    this.zoowalk = zoowalk;
    this.comparer = new Comparer(apache.version);
  }

  /** @param name of the nodes that the sequences get: no other run on these servers may have it */
  static async start(apache: Tested, zoowalk: { readonly port: number }): Promise<DifferentialRunner> {
    const sides = await Promise.all([adminOf(apache), adminOf({ ...zoowalk, version: OUR_VERSION })]);
    return new DifferentialRunner(...sides);
  }

  get explained(): ExplainedCounts {
    return this.comparer.explained;
  }

  /** @returns null when both servers showed the same throughout */
  async run(sequence: readonly Step[]): Promise<Failure | null> {
    this.sequences++;
    const root = `/d${this.sequences}`;
    const [apache, zoowalk] = await Promise.all([this.begin(this.apache, root), this.begin(this.zoowalk, root)]);
    await using _apache = apache.player;
    await using _zoowalk = zoowalk.player;
    const seen: Observation[][] = [];
    for (const [stepIndex, step] of [...sequence, null].entries()) {
      const play = async ({ player, normalizer }: Playing): Promise<Observation[]> =>
        normalizer.step(step, step === null ? await player.finish() : await player.play(step));
      const [theirs, ours] = await Promise.all([play(apache), play(zoowalk)]);
      this.steps++;
      if (step?.kind === 'requests') this.countAnswers(step.slot, ours);
      const { difference, afterwards } = this.comparer.compare(step, theirs, ours);
      if (difference) return { stepIndex, difference, seen };
      for (const correction of afterwards) {
        await Promise.all([apache.player.play(correction), zoowalk.player.play(correction)]);
      }
      seen.push(ours);
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { admin } of [this.apache, this.zoowalk]) admin[Symbol.dispose]();
  }

  private countAnswers(slot: Slot, observations: readonly Observation[]): void {
    for (const { kind, about, fields, slot: seenBy } of observations) {
      if (kind !== 'reply' || seenBy !== slot) continue;
      const what = about.startsWith('opcode') ? 'other numbers and bytes' : about;
      const counts = this.answers.get(what) ?? { succeeded: 0, failed: 0 };
      const isFailure = fields.err !== 0 || (Array.isArray(fields.body) && fields.body.some(isError));
      this.answers.set(what, {
        succeeded: counts.succeeded + (isFailure ? 0 : 1),
        failed: counts.failed + (isFailure ? 1 : 0),
      });
    }
  }

  private async begin(side: Side, root: string): Promise<Playing> {
    const player = await Player.start(side.port, root, side.admin);
    const normalizer = new Normalizer({
      counts: this.normalised,
      baseZxid: player.baseZxid,
      times: side.times,
      eventsHaveZxid: isAtLeast(side.version, '3.9.0'),
    });
    return { player, normalizer };
  }
}

const isError = (result: Value): boolean => (result as Fields).type === OpCode.error;

interface Side extends Tested {
  readonly times: TxnTimes;
  readonly admin: RawSession;
}

interface Playing {
  readonly player: Player;
  readonly normalizer: Normalizer;
}

async function adminOf(server: Tested): Promise<Side> {
  const admin = await openSession(server.port, { timeoutMs: 2_000_000 });
  await admin.call('auth', { type: 0, scheme: 'digest', auth: Buffer.from('super:super') });
  return { ...server, admin, times: new TxnTimes(Date.now) };
}
