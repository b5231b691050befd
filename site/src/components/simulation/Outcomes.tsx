import { type ReactNode, useState } from 'react';
import { countOutcomes } from './simulator';
import styles from './styles.module.css';

interface Props {
  readonly scenario: string;
  readonly choices: Readonly<Record<string, string>>;
}

const SEEDS = 100;

/** Runs many seeds at once: what one run shows may be luck. */
export default function Outcomes({ scenario, choices }: Props): ReactNode {
  const [counts, setCounts] = useState<readonly (readonly [string, number])[] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const count = async (): Promise<void> => {
    setRunning(true);
    try {
      setCounts(await countOutcomes(scenario, SEEDS, choices));
    } finally {
      setRunning(false);
    }
  };
  const chosen = Object.entries(choices)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return (
    <div className={styles.outcomes}>
      <button type="button" className={styles.button} disabled={isRunning} onClick={() => void count()}>
        {isRunning ? 'Running …' : `Run seeds 0 to ${SEEDS - 1}${chosen === '' ? '' : ` with ${chosen}`}`}
      </button>
      {counts !== null && (
        <ul aria-live="polite">
          {counts.map(([text, times]) => (
            <li key={text}>
              <b>{times}</b> × {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
