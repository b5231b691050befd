/** What a sequence diagram draws, whatever run it comes from. */
import type { RunEntry } from '@chapters/07-standalone-startup/scenarios/scenario-run.js';
import type { ElectionEntry } from '@chapters/15-fast-leader-election/election-transcript.js';
import { doingText } from '@chapters/15-fast-leader-election/vote-text.js';

export type Drawn = DrawnMessage | DrawnNote;

export interface DrawnMessage {
  readonly kind: 'message';
  readonly atMs: number;
  /** Null: it has not arrived by the end of the run. */
  readonly arrivedMs: number | null;
  readonly from: string;
  readonly to: string;
  readonly tone: 'request' | 'reply' | 'failure' | 'event' | 'connect';
  readonly text: string;
  /** When there is little room. */
  readonly shortText: string;
}

export interface DrawnNote {
  readonly kind: 'note';
  readonly atMs: number;
  readonly machine: string;
  readonly tone: 'crash' | 'machine' | 'disk' | 'program' | 'log';
  /** The machine goes down, or comes up. */
  readonly power: 'off' | 'on' | null;
  readonly text: string;
}

// ------------------------------------------------------------------------------- clients and their server

export const drawnPacket = (entry: RunEntry): Drawn => {
  const { atMs } = entry;
  if (entry.kind === 'packet') {
    const { arrivedMs, from, to } = entry;
    const text = entry.text.replace(/ session 0x0$/, '').replace(/^reply (#\d+) /, '$1 ');
    const shortText = text.replace(/ zxid 0x[0-9a-f]+$/, '').replace(/^#\d+ /, '');
    return { kind: 'message', atMs, arrivedMs, from, to, tone: packetTone(entry), text, shortText };
  }
  const { machine } = entry;
  return { kind: 'note', atMs, machine, tone: noteTone(entry), power: powerOf(entry.kind), text: noteText(entry) };
};

function packetTone(entry: RunEntry & { kind: 'packet' }): DrawnMessage['tone'] {
  const { kind, details } = entry.packet;
  if (kind === 'connectRequest' || kind === 'connectResponse') return 'connect';
  if (kind === 'event') return 'event';
  if (kind !== 'reply') return 'request';
  return details.header !== null && 'err' in details.header && details.header.err !== 0 ? 'failure' : 'reply';
}

type NoteEntry = RunEntry & { kind: Exclude<RunEntry['kind'], 'packet'> };

function noteTone(entry: NoteEntry): DrawnNote['tone'] {
  if (entry.kind === 'crash' || entry.kind === 'kill') return 'crash';
  if (entry.kind === 'disk' || entry.kind === 'program' || entry.kind === 'log') return entry.kind;
  return 'machine';
}

function powerOf(kind: NoteEntry['kind']): DrawnNote['power'] {
  if (kind === 'crash' || kind === 'kill') return 'off';
  return kind === 'restart' ? 'on' : null;
}

function noteText(entry: NoteEntry): string {
  if (entry.kind === 'partition' || entry.kind === 'heal') return `${entry.machine} – ${entry.to}: ${entry.text}`;
  return entry.text.replace(/^log (warn|error): (\/\S*\/)?/, '');
}

// ----------------------------------------------------------------------------------- servers that elect

export const drawnVote = (entry: ElectionEntry): Drawn => {
  const { atMs } = entry;
  if (entry.kind === 'message') {
    const { arrivedMs, from, to, vote } = entry;
    const tone = vote === null ? 'connect' : vote.state === 'looking' ? 'request' : 'reply';
    const short = shortVote(entry);
    return { kind: 'message', atMs, arrivedMs, from, to, tone, text: short, shortText: short };
  }
  const { machine, text } = entry;
  if (entry.kind === 'crash') {
    return { kind: 'note', atMs, machine, tone: 'crash', power: 'off', text: 'killed' };
  }
  if (entry.kind !== 'server') {
    const tone = entry.kind === 'heal' ? 'machine' : 'crash';
    return { kind: 'note', atMs, machine, tone, power: null, text };
  }
  const power = text === 'starts' ? 'on' : null;
  const tone = text.startsWith('leads') || text.startsWith('follows') ? 'program' : 'machine';
  return { kind: 'note', atMs, machine, tone, power, text };
};

/** Five servers leave little room; what speaks for the candidate stands in the details. */
function shortVote({ vote, text }: ElectionEntry & { kind: 'message' }): string {
  if (vote === null) return text;
  const round = vote.electionEpoch === 1n ? '' : `, round ${vote.electionEpoch}`;
  return doingText(vote) + round;
}
