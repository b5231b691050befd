/**
 * Where everything of a sequence diagram goes, from what has happened by a moment. Rows follow the order of events, not
 * their distance in time, so that a quick exchange can be read; a long pause is said in words.
 */
import type { Drawn, DrawnMessage, DrawnNote } from './drawn';

export interface Diagram {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly lanes: readonly { readonly name: string; readonly x: number }[];
  readonly arrows: readonly Arrow[];
  readonly notes: readonly Note[];
  readonly pauses: readonly { readonly y: number; readonly text: string }[];
  /** When a machine was down: from a crash to its restart, or to the end. */
  readonly outages: readonly { readonly x: number; readonly fromY: number; readonly toY: number }[];
  readonly times: readonly { readonly y: number; readonly text: string }[];
}

export interface Arrow {
  readonly index: number;
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  readonly state: 'arrived' | 'under-way' | 'lost';
  readonly tone: DrawnMessage['tone'];
  readonly label: Label;
}

export interface Note {
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly tone: DrawnNote['tone'];
  readonly label: Label;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly widthPx: number;
}

export interface LayoutOptions {
  readonly lanes: readonly string[];
  readonly widthPx: number;
  /** How things stand: what comes later is not drawn, and what arrives later is under way. */
  readonly atMs: number;
  /** Nothing comes any more: what has not arrived is lost. */
  readonly isEnd: boolean;
  /** A pause that is longer is said in words. */
  readonly pauseMs: number;
  /** What a machine says to several others in one breath stands in one row. */
  readonly joinsSame: boolean;
}

const FONT_PX = 12;
const CHARACTER_PX = FONT_PX * 0.602;
const NARROW_PX = 560;
const TIME_GUTTER_PX = 76;
const PACKET_ROW_PX = 33;
const NOTE_ROW_PX = 28;
const ARRIVAL_PX = 9;
const PAUSE_PX = 30;
const TOP_PX = 8;

type Point = { readonly atMs: number; readonly index: number; readonly kind: 'entry' | 'arrival' };

export function layOut(entries: readonly Drawn[], options: LayoutOptions): Diagram {
  const { widthPx } = options;
  const left = widthPx >= NARROW_PX ? TIME_GUTTER_PX : 4;
  const xs = laneXs(options.lanes, left, widthPx);
  const xOf = (machine: string): number => xs.get(machine) ?? left;

  const rows = rowsOf(entries, options);
  const bottom = rows.heightPx;
  const arrows: Arrow[] = [];
  const notes: Note[] = [];
  const outages: { x: number; fromY: number; toY: number }[] = [];
  const down = new Map<string, { x: number; fromY: number; toY: number }>();

  entries.forEach((entry, index) => {
    const y = rows.sentAt.get(index);
    if (y === undefined) return;
    if (entry.kind === 'message') {
      arrows.push(arrowOf(entry, index, y, rows.arrivedAt.get(index) ?? null));
      return;
    }
    const x = xOf(entry.machine);
    if (entry.power === 'off') {
      const outage = { x, fromY: y, toY: bottom };
      down.set(entry.machine, outage);
      outages.push(outage);
    } else if (entry.power === 'on') {
      const outage = down.get(entry.machine);
      if (outage) outage.toY = y;
    }
    notes.push({ index, x, y, tone: entry.tone, label: label(entry.text, entry.text, x, y, left, widthPx, 18) });
  });

  function arrowOf(entry: DrawnMessage, index: number, y: number, arrivedY: number | null): Arrow {
    const fromX = xOf(entry.from);
    const toX = xOf(entry.to);
    const isLost = options.isEnd && entry.arrivedMs === null;
    return {
      index,
      fromX,
      fromY: y,
      toX,
      toY: arrivedY ?? Math.min(y + 2 * ARRIVAL_PX, bottom),
      state: arrivedY !== null ? 'arrived' : isLost ? 'lost' : 'under-way',
      tone: entry.tone,
      // The text of a row stands with the first that goes out in it.
      label: rows.joined.has(index)
        ? label('', '', fromX, y, left, widthPx, 0)
        : label(entry.text, entry.shortText, labelX(entry, fromX, toX, (arrivedY ?? y) - y), y - 6, left, widthPx, 4),
    };
  }

  /** Over the middle of an arrow; over the beginning of one that soon leaves its row. */
  function labelX(entry: DrawnMessage, fromX: number, toX: number, fallPx: number): number {
    if (fallPx < PACKET_ROW_PX) return (fromX + toX) / 2;
    const halfPx = (entry.text.length * CHARACTER_PX) / 2 + 8;
    return toX > fromX ? fromX + halfPx : fromX - halfPx;
  }

  return {
    widthPx,
    heightPx: bottom,
    lanes: options.lanes.map((name) => ({ name, x: xOf(name) })),
    arrows,
    notes,
    pauses: rows.pauses,
    outages,
    times: widthPx >= NARROW_PX ? rows.times : [],
  };
}

/**
 * How far down each thing is. What is sent or happens has a row of its own. An arrival stands as near to its sending as
 * the order of events at the receiver allows: so most arrows are nearly level, and one that was overtaken is not.
 */
function rowsOf(entries: readonly Drawn[], { atMs, pauseMs: longPauseMs, joinsSame }: LayoutOptions) {
  const sentAt = new Map<number, number>();
  /** Those that stand in the row of an earlier one, and where the first of each breath stands. */
  const joined = new Set<number>();
  const breaths = new Map<string, number>();
  const arrivedAt = new Map<number, number>();
  const pauses: { y: number; text: string }[] = [];
  const times: { y: number; text: string }[] = [];
  /** How far down the last event of each machine is. */
  const reached = new Map<string, number>();
  let y = TOP_PX;
  let lastMs = 0;
  for (const { atMs: pointMs, index, kind } of pointsOf(entries, atMs)) {
    const entry = entries[index];
    if (entry === undefined) continue;
    if (kind === 'arrival' && entry.kind === 'message') {
      const arrivalY = Math.max((sentAt.get(index) ?? y) + ARRIVAL_PX, (reached.get(entry.to) ?? 0) + ARRIVAL_PX / 2);
      arrivedAt.set(index, arrivalY);
      reached.set(entry.to, arrivalY);
      lastMs = Math.max(lastMs, pointMs);
      continue;
    }
    const pauseMs = pointMs - lastMs;
    if (pauseMs > longPauseMs) {
      y += PAUSE_PX;
      pauses.push({ y: y - PAUSE_PX / 2 + 10, text: pauseText(pauseMs) });
    }
    lastMs = pointMs;
    const breath = joinsSame && entry.kind === 'message' ? `${entry.from} ${entry.atMs} ${entry.text}` : null;
    const firstY = breath === null ? undefined : breaths.get(breath);
    if (firstY !== undefined) {
      joined.add(index);
      sentAt.set(index, firstY);
      continue;
    }
    const machine = entry.kind === 'message' ? entry.from : entry.machine;
    y = Math.max(
      y + (entry.kind === 'message' ? PACKET_ROW_PX : NOTE_ROW_PX),
      (reached.get(machine) ?? 0) + ARRIVAL_PX,
    );
    reached.set(machine, y);
    sentAt.set(index, y);
    if (breath !== null) breaths.set(breath, y);
    times.push({ y, text: timeText(pointMs) });
  }
  return { sentAt, joined, arrivedAt, pauses, times, heightPx: Math.max(y, ...reached.values()) + 24 };
}

/** In order; what arrives comes before what is done about it. */
function pointsOf(entries: readonly Drawn[], atMs: number): Point[] {
  const points: Point[] = [];
  entries.forEach((entry, index) => {
    points.push({ atMs: entry.atMs, index, kind: 'entry' });
    if (entry.kind === 'message' && entry.arrivedMs !== null && entry.arrivedMs <= atMs) {
      points.push({ atMs: entry.arrivedMs, index, kind: 'arrival' });
    }
  });
  return points.sort(
    (a, b) => a.atMs - b.atMs || (a.kind === b.kind ? a.index - b.index : a.kind === 'arrival' ? -1 : 1),
  );
}

function laneXs(lanes: readonly string[], left: number, widthPx: number): Map<string, number> {
  const margin = 26;
  const room = widthPx - left - 2 * margin;
  const gap = lanes.length > 1 ? room / (lanes.length - 1) : 0;
  return new Map(lanes.map((name, index) => [name, left + margin + index * gap]));
}

/** Text around a point, moved and if need be cut so that it stays inside. */
function label(
  text: string,
  short: string,
  x: number,
  y: number,
  left: number,
  widthPx: number,
  paddingPx: number,
): Label {
  const room = Math.floor((widthPx - left - paddingPx) / CHARACTER_PX);
  const shown = text.length <= room ? text : cut(short, room);
  const width = shown.length * CHARACTER_PX + paddingPx;
  const middle = Math.min(Math.max(x, left + width / 2), widthPx - width / 2);
  return { x: middle, y, text: shown, widthPx: width };
}

const cut = (text: string, room: number): string => (text.length <= room ? text : `${text.slice(0, room - 1)}…`);

function timeText(atMs: number): string {
  return atMs < 10_000 ? `${atMs.toFixed(1)} ms` : `${(atMs / 1000).toFixed(3)} s`;
}

function pauseText(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs.toFixed(0)} ms pass` : `${(durationMs / 1000).toFixed(1)} s pass`;
}
