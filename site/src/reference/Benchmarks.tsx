import Link from '@docusaurus/Link';
import Layout from '@theme/Layout';
import type { CSSProperties, ReactNode } from 'react';
import type { ProofsData, ResultRow } from '../../plugins/reference-pages';
import Table from '../components/Table';
import styles from './reference.module.css';

export default function Benchmarks({ data }: { readonly data: ProofsData }): ReactNode {
  return (
    <Layout
      title="Benchmarks and proofs"
      description="How fast it is beside Apache ZooKeeper, and how much of it is proved"
    >
      <main className={styles.page}>
        <h1>Benchmarks and proofs</h1>
        <p>
          How fast it is beside Apache ZooKeeper on the same machine, and which of its facts a test has shown to be
          true.
        </p>
        <h2>Speed</h2>
        <Speed results={data.results} />
        <h2>Facts that are proved</h2>
        <Coverage coverage={data.coverage} />
      </main>
    </Layout>
  );
}

function Speed({ results }: { readonly results: ProofsData['results'] }): ReactNode {
  if (results.length === 0) {
    return (
      <p>
        No result is kept in this checkout. <code>npm run bench get set create startup -- --vs apache --save</code>{' '}
        measures for about ten minutes and keeps one, and this page shows it.
      </p>
    );
  }
  return results.map(({ startedAt, machine, rounds, rows }) => (
    <section key={startedAt}>
      <h3>{startedAt.slice(0, 10)}</h3>
      <p>
        {machine.cpu}, {machine.cores} cores, Node {machine.node}
        {machine.apacheVersion !== null && `, Apache ZooKeeper ${machine.apacheVersion} on Java ${machine.java}`};{' '}
        {machine.fsyncsPerSecond.toFixed(0)} syncs per second.
        {rounds > 1 &&
          ` Medians of ${rounds} rounds. The ratio is taken within each round; behind it stand the smallest and the largest.`}
      </p>
      <Table>
        <thead>
          <tr>
            <th>Load</th>
            <th className={styles.number}>Ours</th>
            <th className={styles.number}>Apache's</th>
            <th className={styles.number}>Ours / Apache's</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>
                {row.name}
                {row.unit !== 'ops/s' && ' (less is better)'}
              </td>
              <td className={styles.number}>{figure(row.ours, row.unit)}</td>
              <td className={styles.number}>{row.apache === null ? '–' : figure(row.apache, row.unit)}</td>
              <td className={styles.number}>{ratioText(row)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  ));
}

const figure = (value: number, unit: string): string => `${Math.round(value).toLocaleString('en')} ${unit}`;

function ratioText({ ratio }: ResultRow): string {
  if (ratio === null) return '–';
  return `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`;
}

function Coverage({ coverage }: { readonly coverage: ProofsData['coverage'] }): ReactNode {
  if (coverage === null) {
    return (
      <p>
        The tests have not been run in this checkout. <code>npm test</code> writes down which facts they prove.
      </p>
    );
  }
  const sum = (of: (row: NonNullable<ProofsData['coverage']>[number]) => number): number =>
    coverage.reduce((total, row) => total + of(row), 0);
  return (
    <>
      <p>
        A fact counts as proved when a test that names it has passed in the last run: against our server, and the same
        test against Apache's.
      </p>
      <Table>
        <thead>
          <tr>
            <th>Chapter</th>
            <th className={styles.number}>Facts</th>
            <th>Proved here</th>
            <th className={styles.number}>Against Apache's</th>
          </tr>
        </thead>
        <tbody>
          {coverage.map(({ chapter, href, rows, provedHere, provedAgainstApache }) => (
            <tr key={chapter}>
              <td>
                <Link to={href}>{chapter}</Link>
              </td>
              <td className={styles.number}>{rows}</td>
              <td>
                <Bar part={provedHere / rows} />
                {provedHere}
              </td>
              <td className={styles.number}>{provedAgainstApache}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">All</th>
            <td className={styles.number}>{sum(({ rows }) => rows)}</td>
            <td>
              <Bar part={sum(({ provedHere }) => provedHere) / sum(({ rows }) => rows)} />
              {sum(({ provedHere }) => provedHere)}
            </td>
            <td className={styles.number}>{sum(({ provedAgainstApache }) => provedAgainstApache)}</td>
          </tr>
        </tbody>
      </Table>
    </>
  );
}

const Bar = ({ part }: { readonly part: number }): ReactNode => (
  <span className={styles.bar} style={{ '--part': `${(part * 100).toFixed(1)}%` } as CSSProperties} />
);
