/**
 * Where the two servers differ and are meant to: each is a row of the facts. A difference that no entry here explains
 * fails the run. What could not be compared any more after such a difference is not asked for at all: see `generate.ts`.
 */
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Fields, Observation, Value } from '#testing/differential/observation.js';
import { requestPart, type Step } from '#testing/differential/step.js';

export interface KnownDifference {
  readonly row: string;
  readonly reason: string;
  /** From this release on Apache's servers do as ours; null: none does. */
  readonly since: string | null;
  /**
   * Whether to leave out something that was seen, on both sides alike.
   * @param seen all of the step that the session saw
   */
  readonly leaveOut?: (observation: Observation, seen: readonly Observation[]) => boolean;
  /** @returns Apache's observation as it would be without the difference; null when this is another one */
  readonly mend?: (apache: Observation, zoowalk: Observation) => Observation | null;
  /** What both servers are asked to do then, so that they are alike again. What comes of it is not compared. */
  readonly afterwards?: (step: Step) => Step;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    row: 'DV-04',
    reason: 'a create2 inside a multi is answered as a create, without a stat',
    since: '3.8.2',
    mend: (apache, zoowalk) => {
      const [theirs, ours] = [results(apache), results(zoowalk)];
      if (apache.about !== 'multi' || !theirs || !ours || theirs.length !== ours.length) return null;
      const mended = theirs.map((result, i) => {
        const own = ours[i] as Fields;
        const isCreate2 = result.type === OpCode.create && own.type === OpCode.create2 && result.path === own.path;
        return isCreate2 ? own : result;
      });
      return { ...apache, fields: { ...apache.fields, body: mended } };
    },
  },
  {
    row: 'WE-8',
    reason: "events in answer to setWatches are told without a look at the node's ACL",
    since: null,
    leaveOut: ({ kind, fields }, seen) =>
      kind === 'event' && seen.some((other) => other.kind === 'guarded' && isOneOf(other.fields.paths, fields.path)),
  },
  {
    row: 'DV-02',
    reason: 'exists tells of a node that the session may not read, and watches it',
    since: '3.8.4/3.9.2',
    mend: (apache, zoowalk) =>
      apache.about === 'exists' && apache.fields.err === 0 && zoowalk.fields.err === ErrorCode.NoAuth
        ? { ...apache, fields: { ...apache.fields, err: ErrorCode.NoAuth, body: null } }
        : null,
    afterwards: withoutWatches,
  },
  {
    row: 'OP-17',
    reason: "checkWatches finds other connections' watches at the path too, and fails for a path without a slash",
    since: '3.9.0',
    mend: (apache, zoowalk) =>
      apache.about === 'checkWatches' &&
      isOneOf([0, ErrorCode.MarshallingError], apache.fields.err) &&
      zoowalk.fields.err === ErrorCode.NoWatcher
        ? { ...apache, fields: { ...apache.fields, err: ErrorCode.NoWatcher } }
        : null,
  },
];

/** Takes away the data watches of all nodes that the step has asked for with a watch. */
function withoutWatches(step: Step): Step {
  const requests = step.kind === 'requests' ? step.requests : [];
  const paths = requests.flatMap(({ operation, body }) => {
    const { path, watch } = (body ?? {}) as Fields;
    return operation === 'exists' && watch === true ? [path] : [];
  });
  const removals = paths.map((path) => requestPart('removeWatches', { path: path as string, type: DATA_WATCHER }));
  return { kind: 'requests', slot: step.slot, requests: removals };
}

const DATA_WATCHER = 2;

const isOneOf = (list: Value | undefined, value: Value | undefined): boolean =>
  Array.isArray(list) && (list as Value[]).includes(value ?? null);

function results(observation: Observation): readonly Fields[] | null {
  const { body } = observation.fields;
  return Array.isArray(body) ? (body as readonly Fields[]) : null;
}
