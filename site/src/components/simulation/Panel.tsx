/** A simulated run to step through, to play, to go back in, and to interfere with. */
import type { Action, Doing } from '@chapters/07-standalone-startup/scenarios/doings.js';
import { type ReactNode, useCallback, useEffect, useId, useState } from 'react';
import Controls from './Controls';
import Details from './Details';
import Doings from './Doings';
import Outcomes from './Outcomes';
import SequenceDiagram from './SequenceDiagram';
import { Chunks, Files, Tree } from './ServerState';
import { runScenario } from './simulator';
import styles from './styles.module.css';
import type { ShownRun } from './worker';

export interface PanelProps {
  readonly scenario: string;
  readonly seed: number;
  /** Begins to play as soon as it is there. */
  readonly autoPlay?: boolean;
  /** With a line in which the reader types what the clients do. */
  readonly freePlay?: boolean;
}

const END = Number.MAX_SAFE_INTEGER;
/** A step is so long, and shorter in a run that would take too long. */
const STEP_MS = 450;
const LONGEST_PLAY_MS = 20_000;
/** So often another outcome is drawn for a break, until the message is lost. */
const MAX_REDRAWS = 24;

export default function Panel({
  scenario,
  seed: firstSeed,
  autoPlay = false,
  freePlay = false,
}: PanelProps): ReactNode {
  const [seed, setSeed] = useState(firstSeed);
  const [choices, setChoices] = useState<Readonly<Record<string, string>>>({});
  const [doings, setDoings] = useState<readonly Doing[]>([]);
  const [run, setRun] = useState<ShownRun | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [cursor, setCursor] = useState(0);
  const [isPlaying, setPlaying] = useState(autoPlay);
  const [selected, setSelected] = useState<number | null>(null);
  const titleId = useId();
  // A page of its own has nothing between its title and the panel's.
  const [Title, Subtitle] = freePlay ? (['h2', 'h3'] as const) : (['h3', 'h4'] as const);

  /** Makes the run that seed, choices and doings give, and shows a frame of it; its last one when that is too far. */
  const show = useCallback(
    async (next: Inputs, frame: number | 'beginning'): Promise<ShownRun | null> => {
      try {
        const made = await runScenario(scenario, next);
        setSeed(next.seed);
        setChoices(next.choices);
        setDoings(next.doings);
        setRun(made);
        setCursor(Math.min(frame === 'beginning' ? beginningOf(made) : frame, made.frames.length - 1));
        setSelected(null);
        setFailure(null);
        return made;
      } catch (error) {
        console.error(error);
        setFailure(error instanceof Error ? error.message : String(error));
        return null;
      }
    },
    [scenario],
  );

  useEffect(() => {
    void show({ seed: firstSeed, choices: {}, doings: [] }, freePlay ? END : 'beginning');
  }, [show, firstSeed, freePlay]);

  const last = (run?.frames.length ?? 1) - 1;
  useEffect(() => {
    if (!isPlaying || run === null) return;
    if (cursor >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => setCursor(cursor + 1), Math.min(STEP_MS, LONGEST_PLAY_MS / last));
    return () => clearTimeout(timer);
  }, [isPlaying, run, cursor, last]);

  if (failure !== null) return <p className={styles.failure}>The simulation failed: {failure}</p>;
  if (run === null) return <p className={styles.loading}>The simulator is starting …</p>;

  const moveTo = (frame: number): void => {
    setPlaying(false);
    setSelected(null);
    setCursor(Math.max(0, Math.min(frame, last)));
  };
  const restart = (next: Partial<Inputs>): void => {
    setPlaying(false);
    void show({ seed, choices, doings: [], ...next }, freePlay ? END : 'beginning');
  };
  const past = doings.filter(({ afterFrame }) => afterFrame < cursor);
  /** What comes later in the present run does not happen: the reader has gone another way. */
  const act = async (action: Action): Promise<void> => {
    const made = await show({ seed, choices, doings: [...past, { afterFrame: cursor, action }] }, END);
    if (made === null) return;
    if (freePlay) return;
    setCursor(Math.min(cursor + 1, made.frames.length - 1));
    setPlaying(true);
  };

  const frame = run.frames[cursor];
  const shownIndex = selected ?? (frame === undefined ? -1 : frame.entryCount - 1);
  const entry = run.entries[shownIndex];
  const isUnderWay =
    entry?.kind === 'packet' && frame !== undefined && !(entry.arrivedMs !== null && entry.arrivedMs <= frame.atMs);

  /** Goes back to where it was sent, and looks for a run in which the break catches it. */
  const lose = async (index: number): Promise<void> => {
    const message = run.entries[index];
    const sentAt = run.frames.findIndex(({ entryCount }) => entryCount > index);
    if (message?.kind !== 'packet' || sentAt === -1) return;
    const client = message.from === 'server' ? message.to : message.from;
    const before = doings.filter(({ afterFrame }) => afterFrame < sentAt);
    for (let redraws = 0; redraws < MAX_REDRAWS; redraws++) {
      const next = [...before, { afterFrame: sentAt, action: { kind: 'break', client, redraws } } as const];
      const made = await show({ seed, choices, doings: next }, sentAt + 1);
      const again = made?.entries[index];
      if (again?.kind === 'packet' && again.arrivedMs === null) break;
    }
    if (freePlay) setCursor(END);
    else setPlaying(true);
  };

  return (
    <section className={styles.panel} aria-labelledby={titleId} data-scenario={scenario}>
      <header className={styles.header}>
        <Title id={titleId}>{run.title}</Title>
        <p>{run.about}</p>
      </header>
      <div className={styles.body}>
        <div className={styles.main}>
          <SequenceDiagram run={run} cursor={Math.min(cursor, last)} selected={shownIndex} onSelect={setSelected} />
          <Controls
            cursor={Math.min(cursor, last)}
            last={last}
            atMs={frame?.atMs ?? 0}
            isPlaying={isPlaying}
            seed={seed}
            choices={run.choices}
            chosen={choices}
            onMove={moveTo}
            onPlay={() => {
              if (!isPlaying && cursor >= last) setCursor(beginningOf(run));
              setPlaying(!isPlaying);
            }}
            onSeed={(value) => restart({ seed: value })}
            onChoose={(name, value) => restart({ choices: { ...choices, [name]: value } })}
          />
          <Doings
            run={run}
            isServing={frame?.isServing ?? false}
            isChanged={doings.length > 0}
            freePlay={freePlay}
            onAct={(action) => void act(action)}
            onReset={() => restart({})}
          />
        </div>
        <div className={styles.side}>
          <section className={styles.state}>
            <Subtitle>This step</Subtitle>
            <Details
              entry={entry}
              isUnderWay={isUnderWay}
              onLose={
                entry?.kind === 'packet' && !(entry.arrivedMs === null && !isUnderWay)
                  ? () => void lose(shownIndex)
                  : null
              }
            />
          </section>
          <Tree run={run} cursor={Math.min(cursor, last)} Title={Subtitle} />
          <Files run={run} cursor={Math.min(cursor, last)} Title={Subtitle} />
          {run.showsChunks && <Chunks run={run} cursor={Math.min(cursor, last)} Title={Subtitle} />}
        </div>
      </div>
      <footer className={styles.footer}>
        {run.outcome !== null && cursor >= last && (
          <p className={styles.outcome} data-outcome>
            {run.outcome}
          </p>
        )}
        {!freePlay && <Outcomes scenario={scenario} choices={choices} />}
        <details>
          <summary>The transcript as text</summary>
          <pre className={styles.transcript} data-transcript>
            {run.text}
          </pre>
        </details>
      </footer>
    </section>
  );
}

interface Inputs {
  readonly seed: number;
  readonly choices: Readonly<Record<string, string>>;
  readonly doings: readonly Doing[];
}

/** Where a reader begins: the clients are connected, and the play has not begun. */
function beginningOf({ entries, frames }: ShownRun): number {
  const isConnecting = ({ kind, ...entry }: ShownRun['entries'][number]): boolean =>
    kind === 'disk' ||
    ('packet' in entry && (entry.packet.kind === 'connectRequest' || entry.packet.kind === 'connectResponse'));
  const first = entries.findIndex((entry) => !isConnecting(entry));
  if (first === -1) return 0;
  // While the first requests leave, the last replies may still be under way.
  return Math.max(0, frames.findIndex(({ entryCount }) => entryCount > first) - 1);
}
