import clsx from 'clsx';
import type { ReactNode } from 'react';
import styles from './styles.module.css';
import type { ShownRun } from './worker';

interface Props {
  readonly run: ShownRun;
  readonly cursor: number;
  readonly Title: 'h3' | 'h4';
}

type ShownNode = ShownRun['frames'][number]['nodes'][number];

/** The tree in memory. What the last step changed is marked. */
export function Tree({ run, cursor, Title }: Props): ReactNode {
  const frame = run.frames[cursor];
  const before = new Map(run.frames[cursor - 1]?.nodes.map((node) => [node.path, signOf(node)]));
  const owners = ownersOf(run);
  const nodes = frame?.nodes.filter(({ path }) => !path.startsWith('/zookeeper')) ?? [];
  return (
    <section className={styles.state}>
      <Title>The tree</Title>
      {frame?.isServing === false ? (
        <p className={styles.nothing}>The server is not running. What was in its memory is gone.</p>
      ) : (
        <ul className={styles.tree}>
          {nodes.map((node) => (
            <li
              key={node.path}
              className={clsx(before.get(node.path) !== signOf(node) && before.size > 0 && styles.changed)}
              style={{ paddingLeft: `${depthOf(node.path) * 1.1}em` }}
            >
              <code>{nameOf(node.path)}</code>
              {node.data !== null && node.data.length > 0 && <span className={styles.data}>{dataOf(node.data)}</span>}
              {node.stat.version > 0 && <span className={styles.small}>version {node.stat.version}</span>}
              {node.stat.ephemeralOwner !== 0n && (
                <span className={styles.small}>
                  ephemeral, of {owners.get(node.stat.ephemeralOwner) ?? 'a session'}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Logs and snapshots on the disk. */
export function Files({ run, cursor, Title }: Props): ReactNode {
  const files = run.frames[cursor]?.files ?? [];
  const before = new Set(run.frames[cursor - 1]?.files.flatMap(({ lines }) => lines));
  return (
    <section className={styles.state}>
      <Title>On disk</Title>
      {files.length === 0 && <p className={styles.nothing}>Nothing yet.</p>}
      {files.map(({ path, lines }) => (
        <div key={path}>
          <p className={styles.file}>
            <code>{path}</code>
          </p>
          <ol className={styles.log}>
            {lines.map((line) => (
              <li key={line} title={line} className={clsx(!before.has(line) && before.size > 0 && styles.changed)}>
                {shortLine(line)}
              </li>
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}

/** What arrived, chunk by chunk. */
export function Chunks({ run, cursor, Title }: Props): ReactNode {
  const count = run.frames[cursor]?.chunkCount ?? 0;
  const shown = run.chunks.slice(0, count).slice(-12);
  return (
    <section className={clsx(styles.state, styles.wide)}>
      <Title>Chunks, as they arrive</Title>
      {shown.length === 0 && <p className={styles.nothing}>Nothing has arrived yet.</p>}
      <ol className={styles.chunks} start={count - shown.length + 1}>
        {shown.map(({ atMs, from, to, bytes, heldBytes, packets }, index) => (
          <li
            key={`${atMs} ${from} ${to} ${bytes.length}`}
            className={clsx(index === shown.length - 1 && styles.changed)}
          >
            <p>
              <b>
                {from} → {to}
              </b>{' '}
              <span className={styles.small}>
                {bytes.length} {bytes.length === 1 ? 'byte' : 'bytes'}
                {heldBytes > 0 && `, ${heldBytes} held for a frame that is not whole`}
              </span>
            </p>
            <code className={styles.hex}>{hexOf(bytes)}</code>
            {packets.map((packet) => (
              <p key={packet} className={styles.whole}>
                whole: {packet}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </section>
  );
}

const signOf = ({ data, stat }: ShownNode): string => `${stat.mzxid} ${data?.length} ${stat.cversion}`;

const depthOf = (path: string): number => (path === '/' ? 0 : path.split('/').length - 1);

const nameOf = (path: string): string => (path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1));

function dataOf(data: Uint8Array): string {
  const text = new TextDecoder().decode(data);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

const MAX_HEX_BYTES = 32;

function hexOf(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MAX_HEX_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > MAX_HEX_BYTES ? `${shown} …` : shown;
}

/** Which client has which session, from the replies to its connecting. */
function ownersOf(run: ShownRun): ReadonlyMap<bigint, string> {
  const owners = new Map<bigint, string>();
  for (const entry of run.entries) {
    if (entry.kind !== 'packet' || entry.packet.kind !== 'connectResponse') continue;
    const record = entry.packet.details.record as { readonly sessionId?: bigint } | null;
    if (record?.sessionId !== undefined) owners.set(record.sessionId, entry.to);
  }
  return owners;
}

/** Of a transaction: its number and what it does. Of a node in a snapshot: its path and data. The whole line is shown when one points at it. */
function shortLine(line: string): string {
  const [offset = '', zxid, , , , body] = line.split('  ');
  if (line.startsWith('"')) return `${offset} ${zxid}`;
  if (!offset.startsWith('@') || body === undefined) return line;
  return `${zxid} ${body.replace(/, (acl|ephemeral|parentCVersion|data: null)[^}]*/g, '')}`;
}
