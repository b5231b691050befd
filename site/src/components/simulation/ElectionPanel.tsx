/** Servers that elect a leader, to step through, to play, to go back in, and to interfere with. */
import type { ElectionAction } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import { type ReactNode, useCallback, useId } from 'react';
import Controls from './Controls';
import { drawnVote } from './drawn';
import ElectionDoings from './ElectionDoings';
import Outcomes from './Outcomes';
import type { PanelProps } from './Panel';
import SequenceDiagram, { type Lane } from './SequenceDiagram';
import Servers from './Servers';
import { runElection } from './simulator';
import { type Inputs, useSteppedRun } from './stepped-run';
import styles from './styles.module.css';
import type { ShownElection } from './worker';

/** A wait of 200 ms is part of an election. */
const PAUSE_MS = 100;

const atBeginning = (): number => 0;

export default function ElectionPanel({ scenario, seed, autoPlay = false }: PanelProps): ReactNode {
  const titleId = useId();
  const make = useCallback((inputs: Inputs<ElectionAction>) => runElection(scenario, inputs), [scenario]);
  const stepped = useSteppedRun<ShownElection, ElectionAction>({ seed, autoPlay, make, beginning: atBeginning });
  const { run, failure, inputs, cursor, last, selected } = stepped;

  if (failure !== null) return <p className={styles.failure}>The simulation failed: {failure}</p>;
  if (run === null) return <p className={styles.loading}>The simulator is starting …</p>;

  const act = async (action: ElectionAction): Promise<void> => {
    if ((await stepped.act(action)) !== null) stepped.setPlaying(true);
  };
  const frame = run.frames[cursor];
  const servers = frame?.servers ?? [];
  const shownIndex = selected ?? (frame?.entryCount ?? 0) - 1;
  const entry = run.entries[shownIndex];

  return (
    <section className={styles.panel} aria-labelledby={titleId} data-scenario={scenario}>
      <header className={styles.header}>
        <h3 id={titleId}>{run.title}</h3>
        <p>{run.about}</p>
      </header>
      <div className={styles.body}>
        <div className={styles.main}>
          <SequenceDiagram
            lanes={servers.map(laneOf)}
            entries={run.entries.slice(0, frame?.entryCount ?? 0).map(drawnVote)}
            fresh={run.frames[cursor - 1]?.entryCount ?? 0}
            atMs={frame?.atMs ?? 0}
            isEnd={cursor === last}
            pauseMs={PAUSE_MS}
            joinsSame
            selected={shownIndex}
            onSelect={stepped.setSelected}
          />
          <Controls
            cursor={cursor}
            last={last}
            atMs={frame?.atMs ?? 0}
            isPlaying={stepped.isPlaying}
            seed={inputs.seed}
            choices={run.choices}
            chosen={inputs.choices}
            onMove={stepped.moveTo}
            onPlay={stepped.togglePlay}
            onSeed={(value) => stepped.restart({ seed: value })}
            onChoose={(name, value) => stepped.restart({ choices: { ...inputs.choices, [name]: value } })}
          />
          <ElectionDoings
            servers={servers}
            isChanged={inputs.doings.length > 0}
            onAct={(action) => void act(action)}
            onReset={() => stepped.restart({})}
          />
        </div>
        <div className={styles.side}>
          <section className={styles.state}>
            <h4>This step</h4>
            <What entry={entry} />
          </section>
          <Servers servers={servers} before={run.frames[cursor - 1]?.servers ?? []} />
        </div>
      </div>
      <footer className={styles.footer}>
        {cursor === last && (
          <p className={styles.outcome} data-outcome>
            {run.outcome}
          </p>
        )}
        <Outcomes scenario={scenario} choices={inputs.choices} />
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
