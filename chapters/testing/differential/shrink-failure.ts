/** Makes a sequence on which two servers differ as short as it gets. */
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { DifferentialRunner, Failure } from '#testing/differential/run.node.js';
import { shrink } from '#testing/differential/shrink.js';
import type { RequestPart, Step } from '#testing/differential/step.js';

export interface ShortFailure {
  readonly sequence: readonly Step[];
  readonly failure: Failure;
}

/** @param runner whose servers still run; each try gets a new node and new sessions on them */
export async function shrinkFailure(
  runner: Pick<DifferentialRunner, 'run'>,
  sequence: readonly Step[],
  failure: Failure,
): Promise<ShortFailure> {
  let shortest: ShortFailure = { sequence: sequence.slice(0, failure.stepIndex + 1), failure };
  const wanted = signature(failure);
  await shrink(
    shortest.sequence,
    async (part) => {
      const found = await runner.run(part);
      if (!found || signature(found) !== wanted) return false;
      shortest = { sequence: part, failure: found };
      return true;
    },
    simplerSteps,
  );
  return shortest;
}

/** Not just any difference: a part of the sequence may well show another one. */
function signature({ difference: { at, apache, zoowalk } }: Failure): string {
  return `${apache?.kind} ${apache?.about} ${zoowalk?.kind} ${zoowalk?.about} ${at.replace(/\/[^.]*/g, '/')}`;
}

/** Fewer requests at once, fewer steps of a multi. */
function simplerSteps(step: Step): Step[] {
  if (step.kind !== 'requests') return [];
  const { requests } = step;
  if (requests.length > 1) return requests.map((_part, i) => ({ ...step, requests: requests.toSpliced(i, 1) }));
  return requests.flatMap(simplerRequests).map((part) => ({ ...step, requests: [part] }));
}

function simplerRequests(part: RequestPart): RequestPart[] {
  const { opcode, body } = part;
  if ((opcode !== OpCode.multi && opcode !== OpCode.multiRead) || !Array.isArray(body)) return [];
  return body.map((_step, i) => ({ ...part, body: body.toSpliced(i, 1) }));
}
