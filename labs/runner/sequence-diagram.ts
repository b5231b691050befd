/**
 * A run as a sequence diagram in text: time goes down, each machine has a lane, a packet is an arrow.
 *
 *        ms        alice                    server                     bob
 *                    │                        │                         │
 *      4.574         ├─ connect timeout 4000 ▶│                         │
 *      8.358         ● loses its power
 *   5000.000         │                        ● session expired
 *    ── bob asks for /alice ──
 */
import { cut, type Paint, wrap } from './paint.js';
import type { DiagramEntry } from './result.js';

const TIME_WIDTH = 10;
/** Room before the first lane. */
const FIRST_LANE = TIME_WIDTH + 5;
/** Wider than this an arrow is only longer. */
const WIDEST_LANE = 46;

/**
 * @param places which of the entries are shown, in order; those between are counted
 */
export function sequenceDiagram(
  entries: readonly DiagramEntry[],
  paint: Paint,
  places: readonly number[] = [...entries.keys()],
): string[] {
  const lanes = lanesOf(places.map((place) => entries[place] as DiagramEntry));
  if (lanes.length === 0) return [];
  const { width } = paint.terminal;
  const room = width - FIRST_LANE - 6;
  const laneWidth = lanes.length === 1 ? room : Math.min(WIDEST_LANE, Math.floor(room / (lanes.length - 1)));
  const columns = lanes.map((_, index) => FIRST_LANE + index * laneWidth);
  const drawing = new Drawing(lanes, columns, paint);
  const lines = places.flatMap((place, index) => {
    const hidden = place - (places[index - 1] ?? -1) - 1;
    const hole = hidden === 0 ? [] : [paint.dim(`${' '.repeat(TIME_WIDTH + 2)}… ${hidden} more …`)];
    return [...hole, ...drawing.lines(entries[place] as DiagramEntry)];
  });
  return [drawing.heading(), ...lines];
}

/** Those that talk most in the middle: with one server, its clients are beside it. Members of an ensemble by number. */
function lanesOf(entries: readonly DiagramEntry[]): string[] {
  const partners = new Map<string, Set<string>>();
  for (const { from, to } of entries) {
    for (const [name, other] of [
      [from, to],
      [to, from],
    ] as const) {
      if (name === '') continue;
      const known = partners.get(name) ?? new Set();
      if (other !== '') known.add(other);
      partners.set(name, known);
    }
  }
  const names = [...partners.keys()];
  if (names.every((name) => MEMBER.test(name))) return names.sort((one, other) => numberOf(one) - numberOf(other));
  const hub = names.reduce(
    (best, name) => (sizeOf(partners, name) > sizeOf(partners, best) ? name : best),
    names[0] ?? '',
  );
  if (sizeOf(partners, hub) < 2) return names;
  const others = names.filter((name) => name !== hub);
  return [...others.slice(0, 1), hub, ...others.slice(1)];
}

/** What the members of simulated ensembles call their machines. */
const MEMBER = /^(zoo|zk)\d+$/;

const numberOf = (member: string): number => Number(member.replace(/\D+/, ''));

const sizeOf = (partners: ReadonlyMap<string, ReadonlySet<string>>, name: string): number =>
  partners.get(name)?.size ?? 0;

class Drawing {
  private readonly lanes: readonly string[];
  private readonly places: readonly number[];
  private readonly paint: Paint;

  constructor(lanes: readonly string[], places: readonly number[], paint: Paint) {
    this.lanes = lanes;
    this.places = places;
    this.paint = paint;
  }

  heading(): string {
    const canvas = new Canvas('ms'.padStart(TIME_WIDTH));
    for (const [index, name] of this.lanes.entries()) {
      const at = (this.places[index] as number) - Math.floor(name.length / 2);
      canvas.write(Math.min(Math.max(at, TIME_WIDTH + 2), this.paint.terminal.width - name.length), name);
    }
    return this.paint.bold(canvas.text);
  }

  lines(entry: DiagramEntry): string[] {
    if (entry.kind === 'note') return this.note(entry);
    return entry.kind === 'packet' ? this.packet(entry) : this.event(entry);
  }

  /** Between two short lines; the text takes as many as it needs. */
  private note({ atMs, text }: DiagramEntry): string[] {
    const { paint } = this;
    const sign = paint.signs.line.repeat(2);
    const parts = wrap(text, paint.terminal.width - TIME_WIDTH - 8);
    return parts.map((part, index) => {
      const [isFirst, isLast] = [index === 0, index === parts.length - 1];
      const time = isFirst ? timeText(atMs) : ' '.repeat(TIME_WIDTH);
      return `${paint.dim(time)}  ${paint.warn(`${isFirst ? sign : '  '} ${part}${isLast ? ` ${sign}` : ''}`)}`;
    });
  }

  /** With its text on the arrow; above it, when there is no room. */
  private packet({ atMs, from, to, text, isLost }: DiagramEntry): string[] {
    const { signs, terminal } = this.paint;
    const [start, end] = [this.placeOf(from), this.placeOf(to)];
    const [left, right] = [Math.min(start, end), Math.max(start, end)];
    const isOnArrow = text.length <= right - left - 5;
    const arrow = this.canvas(isOnArrow ? atMs : null);
    arrow.write(left + 1, signs.line.repeat(right - left - 1));
    // The text stands at the sender's end, from where the arrow goes on.
    if (isOnArrow) arrow.write(start < end ? left + 2 : right - 3 - text.length, ` ${text} `);
    if (start < end) arrow.write(right - 1, isLost ? signs.lost : signs.right);
    else arrow.write(left + 1, isLost ? signs.lost : signs.left);
    if (isOnArrow) return [this.finish(arrow)];
    const above = this.canvas(atMs);
    const label = cut(text, terminal.width - FIRST_LANE - 4);
    const isLeftBound = left + 2 + label.length < terminal.width;
    above.write(isLeftBound ? left + 2 : Math.max(FIRST_LANE + 2, right - 1 - label.length), `${label} `);
    return [this.finish(above), this.finish(arrow)];
  }

  /** Its text stands on the side of the lane where there is more room, in as many lines as it takes. */
  private event({ atMs, from, to, text }: DiagramEntry): string[] {
    const { signs, terminal } = this.paint;
    const place = this.placeOf(from);
    const whole = to === '' ? text : `${text} (${from} to ${to})`;
    const [roomLeft, roomRight] = [place - FIRST_LANE - 2, terminal.width - place - 3];
    const isRight = roomRight >= roomLeft || whole.length <= roomRight;
    return wrap(whole, isRight ? roomRight : roomLeft).map((line, index) => {
      const canvas = this.canvas(index === 0 ? atMs : null);
      if (index === 0) canvas.write(place, signs.event);
      canvas.write(isRight ? place + 2 : place - 1 - line.length, line);
      return this.finish(canvas);
    });
  }

  /** A line with nothing but the lanes. */
  private canvas(atMs: number | null): Canvas {
    const canvas = new Canvas(atMs === null ? '' : timeText(atMs));
    for (const place of this.places) canvas.write(place, this.paint.signs.lane);
    return canvas;
  }

  private finish(canvas: Canvas): string {
    return this.paint.dim(canvas.text.slice(0, TIME_WIDTH)) + canvas.text.slice(TIME_WIDTH).trimEnd();
  }

  private placeOf(machine: string): number {
    return this.places[this.lanes.indexOf(machine)] ?? FIRST_LANE;
  }
}

const timeText = (atMs: number): string => atMs.toFixed(1).padStart(TIME_WIDTH);

/** A line that is written on at any place. */
class Canvas {
  text: string;

  constructor(text: string) {
    this.text = text;
  }

  write(at: number, text: string): void {
    this.text = this.text.slice(0, at).padEnd(at) + text + this.text.slice(at + text.length);
  }
}
