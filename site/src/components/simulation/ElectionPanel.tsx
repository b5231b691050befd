/** Servers that elect a leader, to step through, to play, to go back in, and to interfere with. */
import type { ElectionAction } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import { type ReactNode, useCallback } from 'react';
import { drawnVote } from './drawn';
import ElectionDoings from './ElectionDoings';
import type { PanelProps } from './Panel';
import PanelFrame, { NoRun } from './PanelFrame';
import type { Lane } from './SequenceDiagram';
import Servers from './Servers';
import { runElection } from './simulator';
import { type Inputs, useSteppedRun } from './stepped-run';
import styles from './styles.module.css';
import type { ShownElection } from './worker';

/** A wait of 200 ms is part of an election. */
const PAUSE_MS = 100;

const atBeginning = (): number => 0;

export default function ElectionPanel({ scenario, seed, autoPlay = false }: PanelProps): ReactNode {
  const make = useCallback((inputs: Inputs<ElectionAction>) => runElection(scenario, inputs), [scenario]);
  const stepped = useSteppedRun<ShownElection, ElectionAction>({ seed, autoPlay, make, beginning: atBeginning });
  const { run, failure, inputs, cursor, frame } = stepped;
  if (run === null || failure !== null) return <NoRun failure={failure} />;

  const act = async (action: ElectionAction): Promise<void> => {
    if ((await stepped.act(action)) !== null) stepped.setPlaying(true);
  };
  const servers = frame?.servers ?? [];
  return (
    <PanelFrame
      scenario={scenario}
      stepped={stepped}
      run={run}
      lanes={servers.map(laneOf)}
      drawn={run.entries.slice(0, frame?.entryCount ?? 0).map(drawnVote)}
      pauseMs={PAUSE_MS}
      joinsSame
      doings={
        <ElectionDoings
          servers={servers}
          isChanged={inputs.doings.length > 0}
          onAct={(action) => void act(action)}
          onReset={() => stepped.restart({})}
        />
      }
      side={
        <>
          <section className={styles.state}>
            <h4>This step</h4>
            <What entry={run.entries[stepped.shownIndex]} />
          </section>
          <Servers servers={servers} before={run.frames[cursor - 1]?.servers ?? []} />
        </>
      }
    />
  );
}

function laneOf({ id, state, isEstablished }: ShownElection['frames'][number]['servers'][number]): Lane {
  const shown = state === 'down' || !isEstablished ? undefined : state === 'leading' ? 'leading' : 'following';
  return { name: `zk${id}`, label: String(id), state: state === 'down' ? 'down' : shown };
}

/** What was said, in all its numbers. */
function What({ entry }: { readonly entry: ShownElection['entries'][number] | undefined }): ReactNode {
  if (entry === undefined)
    return <p className={styles.nothing}>Nothing has happened yet. Step forward, or press play.</p>;
  const who =
    entry.kind === 'message' ? `${serverName(entry.from)} → ${serverName(entry.to)}` : serverName(entry.machine);
  return (
    <p className={styles.what} aria-live="polite">
      <b>{who}</b> {entry.kind === 'crash' ? 'killed: only what is in its log is left' : entry.text}
    </p>
  );
}

const serverName = (machine: string): string => machine.replace(/^zk/, 'server ');
