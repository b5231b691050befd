import clsx from 'clsx';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Drawn } from './drawn';
import { type Arrow, type Diagram, type LayoutOptions, layOut, type Note } from './layout';
import styles from './styles.module.css';

interface Props extends Pick<LayoutOptions, 'atMs' | 'isEnd' | 'pauseMs' | 'joinsSame'> {
  readonly lanes: readonly Lane[];
  /** What has happened by now. */
  readonly entries: readonly Drawn[];
  /** The first entry that the last step brought. */
  readonly fresh: number;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
}

export interface Lane {
  /** Of the machine. */
  readonly name: string;
  readonly label: string;
  readonly state?: 'down' | 'leading' | 'following' | undefined;
}

/** The run so far, as messages between lifelines. It is drawn as wide as there is room, so that text keeps its size. */
export default function SequenceDiagram(props: Props): ReactNode {
  const { lanes, entries, fresh, selected, onSelect, ...options } = props;
  const [widthPx, measured] = useWidth(640);
  const scroller = useRef<HTMLDivElement>(null);
  const diagram = layOut(entries, { ...options, lanes: lanes.map(({ name }) => name), widthPx });
  const { heightPx } = diagram;

  useEffect(() => {
    scroller.current?.scrollTo({ top: heightPx });
  }, [heightPx]);

  return (
    <div className={styles.diagram} ref={measured}>
      <svg className={styles.lanes} width={widthPx} height={34} aria-hidden="true">
        {diagram.lanes.map(({ name, x }, index) => {
          const { label = name, state } = lanes[index] ?? {};
          const width = label.length * 7.9 + 18;
          const left = Math.min(Math.max(x - width / 2, 1), widthPx - width - 1);
          return (
            <g key={name} className={clsx(styles.lane, state !== undefined && laneStyles[state])}>
              <rect x={left} y={3} width={width} height={25} rx={5} />
              <text x={left + width / 2} y={20} textAnchor="middle">
                {label}
              </text>
            </g>
          );
        })}
      </svg>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
      <section className={styles.scroller} ref={scroller} tabIndex={0} aria-label="Sequence diagram, scrollable">
        <Drawing diagram={diagram} fresh={fresh} selected={selected} onSelect={onSelect} />
      </section>
    </div>
  );
}

const laneStyles = { down: styles.laneDown, leading: styles.laneLeading, following: styles.laneFollowing };

interface DrawingProps extends Pick<Props, 'fresh' | 'selected' | 'onSelect'> {
  readonly diagram: Diagram;
}

function Drawing({ diagram, fresh, selected, onSelect }: DrawingProps): ReactNode {
  const { widthPx, heightPx, lanes, arrows, notes, pauses, outages, times } = diagram;
  const state = (index: number) => clsx(index >= fresh && styles.fresh, index === selected && styles.selected);
  return (
    // The same is said in words below it, in the transcript and in the details.
    <svg className={styles.drawing} width={widthPx} height={heightPx} aria-hidden="true">
      {lanes.map(({ name, x }) => (
        <line key={name} className={styles.lifeline} x1={x} y1={0} x2={x} y2={heightPx} />
      ))}
      {outages.map(({ x, fromY, toY }) => (
        <line key={`${x} ${fromY}`} className={styles.outage} x1={x} y1={fromY} x2={x} y2={toY} />
      ))}
      {pauses.map(({ y, text }) => (
        <g key={y} className={styles.pause}>
          <line x1={0} y1={y - 4} x2={widthPx} y2={y - 4} />
          <text x={widthPx / 2} y={y} textAnchor="middle">
            {text}
          </text>
        </g>
      ))}
      {times.map(({ y, text }, index) =>
        // The time is said when it changes.
        times[index - 1]?.text === text ? null : (
          <text key={y} className={styles.time} x={0} y={y + 3}>
            {text}
          </text>
        ),
      )}
      {arrows.map((arrow) => (
        <ArrowShape key={arrow.index} arrow={arrow} className={state(arrow.index)} onSelect={onSelect} />
      ))}
      {notes.map((note) => (
        <NoteShape key={note.index} note={note} className={state(note.index)} onSelect={onSelect} />
      ))}
    </svg>
  );
}

interface ShapeProps {
  readonly className: string;
  readonly onSelect: (index: number) => void;
}

function ArrowShape({ arrow, className, onSelect }: ShapeProps & { readonly arrow: Arrow }): ReactNode {
  const { index, fromX, fromY, toX, toY, state, tone, label } = arrow;
  const part = state === 'arrived' ? 1 : 0.6;
  const tipX = fromX + (toX - fromX) * part;
  const tipY = fromY + (toY - fromY) * part;
  const back = toX > fromX ? -1 : 1;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has the slider and the details
    <g
      className={clsx(styles.arrow, styles[tone], styles[state], className)}
      onClick={() => onSelect(index)}
      data-entry={index}
    >
      <rect className={styles.target} x={0} y={fromY - 18} width="100%" height={26} />
      <line x1={fromX} y1={fromY} x2={tipX} y2={tipY} />
      {state === 'lost' ? (
        <path d={`M${tipX - 5},${tipY - 5} l10,10 m0,-10 l-10,10`} />
      ) : (
        <path className={styles.head} d={`M${tipX},${tipY} l${back * 8},-4.5 l0,9 z`} />
      )}
      <text x={label.x} y={label.y} textAnchor="middle">
        {label.text}
      </text>
    </g>
  );
}

function NoteShape({ note, className, onSelect }: ShapeProps & { readonly note: Note }): ReactNode {
  const { index, x, y, tone, label } = note;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has the slider and the details
    <g className={clsx(styles.note, styles[tone], className)} onClick={() => onSelect(index)} data-entry={index}>
      <rect x={label.x - label.widthPx / 2} y={y - 15} width={label.widthPx} height={21} rx={4} />
      {tone === 'crash' && <path d={`M${x - 6},${y + 8} l12,12 m0,-12 l-12,12`} />}
      <text x={label.x} y={y} textAnchor="middle">
        {label.text}
      </text>
    </g>
  );
}

/** The width of an element, and the ref that it needs. */
function useWidth(atFirst: number): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(atFirst);
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [width, setElement];
}
