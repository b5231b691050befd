import { type ReactNode, useId } from 'react';
import Controls from './Controls';
import type { Drawn } from './drawn';
import Outcomes from './Outcomes';
import SequenceDiagram, { type Lane } from './SequenceDiagram';
import type { useSteppedRun } from './stepped-run';
import styles from './styles.module.css';

interface Props {
  readonly scenario: string;
  readonly stepped: Omit<ReturnType<typeof useSteppedRun>, 'show' | 'act'>;
  readonly run: {
    readonly title: string;
    readonly about: string;
    readonly choices: Readonly<Record<string, readonly string[]>>;
    /** Null: the run did not come to its end. */
    readonly outcome: string | null;
    readonly text: string;
  };
  readonly lanes: readonly Lane[];
  /** What has happened by now. */
  readonly drawn: readonly Drawn[];
  readonly pauseMs: number;
  readonly joinsSame: boolean;
  /** A page of its own: nothing stands between its title and the panel's, and no two runs of it are alike. */
  readonly isPage?: boolean;
  /** What the reader can do at this step. */
  readonly doings: ReactNode;
  /** What stands beside the diagram. */
  readonly side: ReactNode;
}

/** What all panels have: a title, the diagram with its controls, and what has come of the run. */
export default function PanelFrame(props: Props): ReactNode {
  const { scenario, stepped, run, lanes, drawn, pauseMs, joinsSame, isPage = false, doings, side } = props;
  const { cursor, last, inputs } = stepped;
  const titleId = useId();
  const Title = isPage ? 'h2' : 'h3';
  return (
    <section className={styles.panel} aria-labelledby={titleId} data-scenario={scenario}>
      <header className={styles.header}>
        <Title id={titleId}>{run.title}</Title>
        <p>{run.about}</p>
      </header>
      <div className={styles.body}>
        <div className={styles.main}>
          <SequenceDiagram
            lanes={lanes}
            entries={drawn}
            fresh={stepped.run?.frames[cursor - 1]?.entryCount ?? 0}
            atMs={stepped.frame?.atMs ?? 0}
            isEnd={cursor === last}
            pauseMs={pauseMs}
            joinsSame={joinsSame}
            selected={stepped.shownIndex}
            onSelect={stepped.setSelected}
          />
          <Controls
            cursor={cursor}
            last={last}
            atMs={stepped.frame?.atMs ?? 0}
            isPlaying={stepped.isPlaying}
            seed={inputs.seed}
            choices={run.choices}
            chosen={inputs.choices}
            onMove={stepped.moveTo}
            onPlay={stepped.togglePlay}
            onSeed={(value) => stepped.restart({ seed: value })}
            onChoose={(name, value) => stepped.restart({ choices: { ...inputs.choices, [name]: value } })}
          />
          {doings}
        </div>
        <div className={styles.side}>{side}</div>
      </div>
      <footer className={styles.footer}>
        {run.outcome !== null && cursor === last && (
          <p className={styles.outcome} data-outcome>
            {run.outcome}
          </p>
        )}
        {!isPage && <Outcomes scenario={scenario} choices={inputs.choices} />}
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

/** @param failure null: the run is still to come */
export function NoRun({ failure }: { readonly failure: string | null }): ReactNode {
  if (failure !== null) return <p className={styles.failure}>The simulation failed: {failure}</p>;
  return <p className={styles.loading}>The simulator is starting …</p>;
}
