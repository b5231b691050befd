/** A failing sequence as people read it: who asked what, what came of it, and where the two servers part. */
import { Buffer } from 'node:buffer';
import { errorCodeName } from '#06-network-protocol/error-codes.js';
import { eventTypeName } from '#06-network-protocol/event-types.js';
import type { MultiStep } from '#06-network-protocol/multi.js';
import { opCodeName } from '#06-network-protocol/opcodes.js';
import { requestSummary } from '#06-network-protocol/packet-summary.js';
import type { Fields, Observation, Value } from '#testing/differential/observation.js';
import type { DifferentialRunner, Failure } from '#testing/differential/run.node.js';
import { shrinkFailure } from '#testing/differential/shrink-failure.js';
import { isZxidBack, type RequestPart, type Step, slotName } from '#testing/differential/step.js';
import { OPEN_ACL } from '#testing/requests.js';

/** The shortest sequence that fails in the same way; when none does again, the end of this one. */
export async function explainFailure(
  runner: Pick<DifferentialRunner, 'run'>,
  sequence: readonly Step[],
  failure: Failure,
): Promise<string> {
  const shortest = await shrinkFailure(runner, sequence, failure);
  if (shortest) return failureTranscript(shortest.sequence, shortest.failure);
  const last = failureTranscript(sequence, failure).split('\n').slice(-LINES_OF_CHANCE);
  return ['The same steps show no difference when they are taken again. The last of them:', ...last].join('\n');
}

const LINES_OF_CHANCE = 30;

export function failureTranscript(sequence: readonly Step[], failure: Failure): string {
  const { stepIndex, difference, seen } = failure;
  const lines = sequence
    .slice(0, stepIndex + 1)
    .flatMap((step, i) => [
      `${String(i + 1).padStart(3)}  ${stepText(step)}`,
      ...(seen[i] ?? [])
        .filter(({ about }) => about !== 'ping')
        .map((observation) => `       ${observationText(observation)}`),
    ]);
  if (stepIndex >= sequence.length) lines.push('     at the end, all sessions closed:');
  const { at, apache, zoowalk } = difference;
  lines.push(`     here they differ${at === '' ? '' : ` in ${at}`}:`);
  lines.push(`       Apache's  ${sideText(apache, at)}`);
  lines.push(`       ours      ${sideText(zoowalk, at)}`);
  return lines.join('\n');
}

export function stepText(step: Step): string {
  const who = slotName(step.slot);
  switch (step.kind) {
    case 'open':
      return `${who} opens a session, time-out ${step.timeoutMs} ms`;
    case 'return':
      return `${who} connects again with the ${step.password} password${step.seen === 'true' ? '' : ', and has seen too much'}`;
    case 'drop':
      return `${who} loses its connection`;
    case 'expire':
      return `${who} is silent until its session expires`;
    case 'requests':
      return `${who} ${step.requests.map(requestText).join('  &  ')}`;
  }
}

function requestText({ operation, opcode, body }: RequestPart): string {
  if (operation === null)
    return `${opCodeName(opcode)} (${opcode}) with the bytes 0x${(body as Buffer).toString('hex')}`;
  if (!Array.isArray(body)) return recordText(opcode, body as Fields | null);
  const steps = (body as MultiStep[]).map(({ type, record }) => recordText(type, record as unknown as Fields));
  return `${opCodeName(opcode)} [${steps.join('; ')}]`;
}

/** The usual summary, and what it leaves out and a difference may lie in. */
function recordText(opcode: number, record: Fields | null): string {
  const words = [requestSummary(opcode, record)];
  for (const name of SELDOM_SHOWN) {
    const value = record?.[name];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0) && !isOpenAcl(value)) {
      words.push(`${name} ${text(value)}`);
    }
  }
  return words.join(' ');
}

const SELDOM_SHOWN = [
  ...['acl', 'flags', 'ttl', 'type', 'mode', 'auth', 'relativeZxid', 'dataWatches', 'existWatches', 'childWatches'],
  ...['persistentWatches', 'persistentRecursiveWatches'],
];

const isOpenAcl = (value: Value): boolean => text(value) === text(OPEN_ACL);

function observationText({ slot, kind, about, fields }: Observation): string {
  const who = slotName(slot);
  switch (kind) {
    case 'connected':
      return `${who} <- session ${text(fields.sessionId)}, time-out ${text(fields.timeOut)}`;
    case 'reply': {
      const body = fields.body === null || fields.body === undefined ? '' : ` ${text(fields.body)}`;
      return `${who} <- ${about} ${fields.err === 0 ? 'ok' : errorCodeName(Number(fields.err))}${body}`;
    }
    case 'event':
      return `${who} <- event ${eventTypeName(Number(fields.type)) ?? text(fields.type)} ${text(fields.path)}`;
    case 'closed':
      return `${who} <- end of the connection`;
    case 'replaced':
      return `${who} <- end of its old connection`;
    case 'expired':
      return `${who}'s session has ended`;
    case 'guarded':
      return `not everybody may read ${text(fields.paths)}`;
    case 'tree':
      return 'the tree that is left';
  }
}

function sideText(observation: Observation | null, at: string): string {
  if (observation === null) return 'nothing more';
  const path = at.split('.');
  let value: Value | undefined = observation as unknown as Value;
  for (const name of path) value = (value as Fields | undefined)?.[name];
  const where = observation.kind === 'tree' ? `the tree that is left` : observationText(observation);
  return at === '' ? where : `${text(value)}   of: ${where}`;
}

function text(value: unknown): string {
  if (value === undefined) return '(not there)';
  return JSON.stringify(value, (_name, inner) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner === 'object' && inner !== null && isZxidBack(inner))
      return `${inner.zxidBack} before the last seen`;
    if (inner?.type === 'Buffer') return `0x${Buffer.from(inner.data).toString('hex')}`;
    return inner;
  });
}
