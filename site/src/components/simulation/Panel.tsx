/** A simulated run to step through, to play, to go back in, and to interfere with. */
import type { Action } from '@chapters/07-standalone-startup/scenarios/doings.js';
import { type ReactNode, useCallback } from 'react';
import Details from './Details';
import Doings from './Doings';
import { drawnPacket } from './drawn';
import PanelFrame, { NoRun } from './PanelFrame';
import { Chunks, Files, Tree } from './ServerState';
import { runScenario } from './simulator';
import { END, type Inputs, useSteppedRun } from './stepped-run';
import styles from './styles.module.css';
import type { ShownRun } from './worker';

export interface PanelProps {
  readonly scenario: string;
  readonly seed: number;
  /** Begins to play as soon as it is there. */
  readonly autoPlay?: boolean;
  /** With a line in which the reader types what the clients do. */
  readonly freePlay?: boolean;
  /** An ensemble that elects a leader. */
  readonly election?: boolean;
}

/** So often another outcome is drawn for a break, until the message is lost. */
const MAX_REDRAWS = 24;
const PAUSE_MS = 500;

export default function Panel({ scenario, seed, autoPlay = false, freePlay = false }: PanelProps): ReactNode {
  const Subtitle = freePlay ? 'h3' : 'h4';
  const make = useCallback((inputs: Inputs<Action>) => runScenario(scenario, inputs), [scenario]);
  const beginning = useCallback((run: ShownRun) => (freePlay ? END : beginningOf(run)), [freePlay]);
  const stepped = useSteppedRun<ShownRun, Action>({ seed, autoPlay, make, beginning });
  const { run, failure, inputs, cursor, frame, shownIndex, show } = stepped;
  const { doings } = inputs;
  if (run === null || failure !== null) return <NoRun failure={failure} />;

  const act = async (action: Action): Promise<void> => {
    const made = await stepped.act(action);
    if (made === null) return;
    if (freePlay) stepped.setCursor(made.frames.length - 1);
    else stepped.setPlaying(true);
  };

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
      const made = await show({ ...inputs, doings: next }, sentAt + 1);
      const again = made?.entries[index];
      if (again?.kind === 'packet' && again.arrivedMs === null) break;
    }
    if (freePlay) stepped.setCursor(END);
    else stepped.setPlaying(true);
  };

  return (
    <PanelFrame
      scenario={scenario}
      stepped={stepped}
      run={run}
      lanes={[
        ...run.clients.map((name) => ({ name, label: name })),
        { name: 'server', label: run.serverLabel, state: frame?.isServing === false ? 'down' : undefined },
      ]}
      drawn={run.entries.slice(0, frame?.entryCount ?? 0).map(drawnPacket)}
      pauseMs={PAUSE_MS}
      joinsSame={false}
      isPage={freePlay}
      doings={
        <Doings
          run={run}
          isServing={frame?.isServing ?? false}
          isChanged={doings.length > 0}
          freePlay={freePlay}
          onAct={(action) => void act(action)}
          onReset={() => stepped.restart({})}
        />
      }
      side={
        <>
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
          <Tree run={run} cursor={cursor} Title={Subtitle} />
          <Files run={run} cursor={cursor} Title={Subtitle} />
          {run.showsChunks && <Chunks run={run} cursor={cursor} Title={Subtitle} />}
        </>
      }
    />
  );
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
