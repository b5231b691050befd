import type { Action } from '@chapters/07-standalone-startup/scenarios/doings.js';
import { operationUsages, parseOperation } from '@chapters/07-standalone-startup/scenarios/operation-line.js';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { buttonsFor, WaitOrUndo } from './doing-buttons';
import styles from './styles.module.css';
import type { ShownRun } from './worker';

interface Props {
  readonly run: ShownRun;
  readonly isServing: boolean;
  /** The reader has done something already. */
  readonly isChanged: boolean;
  readonly freePlay: boolean;
  readonly onAct: (action: Action) => void;
  readonly onReset: () => void;
}

/** What the reader can do to the run at this step. */
export default function Doings({ run, isServing, isChanged, freePlay, onAct, onReset }: Props): ReactNode {
  const [client, setClient] = useState(run.clients[0] ?? '');
  const id = useId();
  const button = buttonsFor(onAct);
  const faults = (
    <>
      <fieldset className={styles.group}>
        <legend>{run.serverLabel}</legend>
        {button('Crash', { kind: 'crash' }, !isServing)}
        {button('Kill', { kind: 'kill' }, !isServing)}
        {button('Restart', { kind: 'restart' })}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>
          <label htmlFor={`${id}client`} className={styles.hidden}>
            Client
          </label>
          <select id={`${id}client`} value={client} onChange={(event) => setClient(event.target.value)}>
            {run.clients.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </legend>
        {button('Break connection', { kind: 'break', client, redraws: 0 })}
        {button('Cut off', { kind: 'partition', client })}
        {button('Heal', { kind: 'heal', client })}
        {button('Crash', { kind: 'crash-client', client })}
        {freePlay && button('Start again', { kind: 'start-client', client })}
      </fieldset>
      <WaitOrUndo isChanged={isChanged} onAct={onAct} onReset={onReset} />
    </>
  );
  if (freePlay) {
    return (
      <div className={styles.doings}>
        <OperationForm client={client} clients={run.clients} onClient={setClient} onAct={onAct} />
        {faults}
      </div>
    );
  }
  return (
    <details className={styles.interfere}>
      <summary>Interfere at this step</summary>
      <div className={styles.doings}>{faults}</div>
    </details>
  );
}

interface FormProps {
  readonly client: string;
  readonly clients: readonly string[];
  readonly onClient: (name: string) => void;
  readonly onAct: (action: Action) => void;
}

function OperationForm({ client, clients, onClient, onAct }: FormProps): ReactNode {
  const [line, setLine] = useState('create -e /payout/leader w1');
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    try {
      parseOperation(line);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return;
    }
    setProblem(null);
    onAct({ kind: 'operation', client, line });
  };
  return (
    <form className={styles.operation} onSubmit={submit}>
      <fieldset className={styles.who}>
        <legend className={styles.hidden}>Who does it</legend>
        {clients.map((name) => (
          <label key={name} className={styles.worker}>
            <input type="radio" name={`${id}who`} checked={name === client} onChange={() => onClient(name)} />
            {name}
          </label>
        ))}
      </fieldset>
      <label htmlFor={`${id}line`} className={styles.hidden}>
        Operation
      </label>
      <input
        id={`${id}line`}
        className={styles.line}
        value={line}
        onChange={(event) => setLine(event.target.value)}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit" className={styles.play}>
        Do it
      </button>
      <p className={styles.usages}>{problem ?? operationUsages.join(' · ')}</p>
    </form>
  );
}
