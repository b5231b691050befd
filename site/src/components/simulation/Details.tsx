import type { ReactNode } from 'react';
import styles from './styles.module.css';
import type { ShownRun } from './worker';

type Entry = ShownRun['entries'][number];

interface Props {
  readonly entry: Entry | undefined;
  readonly isUnderWay: boolean;
  readonly onLose: (() => void) | null;
}

/** What is in a packet, field by field. */
export default function Details({ entry, isUnderWay, onLose }: Props): ReactNode {
  if (entry === undefined) {
    return <p className={styles.nothing}>Nothing has happened yet. Step forward, or press play.</p>;
  }
  const who = entry.kind === 'packet' ? `${entry.from} → ${entry.to}` : entry.machine;
  return (
    <div className={styles.details}>
      <p className={styles.what} aria-live="polite">
        <b>{who}</b> {entry.text}
        {isUnderWay && <span className={styles.small}> under way</span>}
      </p>
      {entry.kind === 'packet' && (
        <dl className={styles.fields}>
          {fieldsOf(entry.packet.details.header).map(([name, value]) => (
            <Field key={`h ${name}`} name={name} value={value} />
          ))}
          {fieldsOf(entry.packet.details.record).map(([name, value]) => (
            <Field key={`r ${name}`} name={name} value={value} />
          ))}
          <Field name="on the wire" value={`${entry.packet.sizeBytes} bytes`} />
        </dl>
      )}
      {onLose !== null && (
        <button type="button" className={styles.button} onClick={onLose}>
          Lose this message
        </button>
      )}
    </div>
  );
}

function Field({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function fieldsOf(record: object | null): [string, string][] {
  return Object.entries(record ?? {}).map(([name, value]) => [name, valueText(value)]);
}

function valueText(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return `0x${BigInt.asUintN(64, value).toString(16)}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value === 'object') {
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
      .join(', ')} }`;
  }
  return String(value);
}

function bytesText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const isText = /^[\x20-\x7e]*$/.test(text);
  if (isText) return JSON.stringify(text);
  return Array.from(bytes.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
