/** Makes a sequence on which two servers differ as short as it gets. */
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { DifferentialRunner, Failure } from '#testing/differential/run.node.js';
import { shrink } from '#testing/differential/shrink.js';
import type { RequestPart, Step } from '#testing/differential/step.js';

export interface ShortFailure {
  readonly sequence: readonly Step[];
  readonly failure: Failure;
}

/**
 * @param runner whose servers still run; each try gets a new node and new sessions on them
 * @returns null when the same steps do not fail again: then something else decides, such as two threads of a server
 */
export async function shrinkFailure(
  runner: Pick<DifferentialRunner, 'run'>,
  sequence: readonly Step[],
  failure: Failure,
): Promise<ShortFailure | null> {
  let shortest: ShortFailure | null = null;
  const wanted = signature(failure);
  const fails = async (part: readonly Step[]): Promise<boolean> => {
    const found = await runner.run(part);
    if (!found || signature(found) !== wanted) return false;
    shortest = { sequence: part, failure: found };
    return true;
  };
  const failing = sequence.slice(0, failure.stepIndex + 1);
  if (await fails(failing)) await shrink(failing, fails, simplerSteps);
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
