import type { ServerFrame } from '@chapters/15-fast-leader-election/scenarios/election-run.js';
import clsx from 'clsx';
import type { ReactNode } from 'react';
import styles from './styles.module.css';

interface Props {
  readonly servers: readonly ServerFrame[];
  /** A step earlier. What the step has changed is marked. */
  readonly before: readonly ServerFrame[];
}

/** What each of them is, thinks, and counts. */
export default function Servers({ servers, before }: Props): ReactNode {
  return (
    <section className={clsx(styles.state, styles.wide)}>
      <h4>The servers</h4>
      <ul className={styles.servers}>
        {servers.map((server, index) => {
          const { id, state, doing, round, log, isEstablished, isCutOff } = server;
          const old = before[index];
          const isChanged = old !== undefined && signOf(old) !== signOf(server);
          return (
            <li key={id} className={clsx(isChanged && styles.changed)} data-server={id}>
              <b>{id}</b>
              <span className={clsx(styles.doing, state === 'down' && styles.isDown, isEstablished && styles.isIn)}>
                {doing}
                {isEstablished && ', in step'}
                {isCutOff && <em className={styles.isDown}> cut off</em>}
              </span>
              <span className={styles.small}>
                {round !== null && `round ${round}, `}
                {log}
              </span>
              {countedText(server) !== '' && <span className={styles.small}>{countedText(server)}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const signOf = ({ doing, round, isEstablished, isCutOff }: ServerFrame): string =>
  [doing, round, isEstablished, isCutOff].join();

/** `counts for 5: 1, 4, 5; for 3: 2` */
function countedText({ counted }: ServerFrame): string {
  const byLeader = new Map<number, number[]>();
  for (const [server, leader] of counted) byLeader.set(leader, [...(byLeader.get(leader) ?? []), server]);
  const parts = [...byLeader]
    .sort(([one], [other]) => other - one)
    .map(([leader, servers]) => `for ${leader}: ${servers.sort((one, other) => one - other).join(', ')}`);
  return parts.length === 0 ? '' : `counts ${parts.join('; ')}`;
}
