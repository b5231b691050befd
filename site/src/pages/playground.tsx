import Layout from '@theme/Layout';
import type { ReactNode } from 'react';
import Simulation from '../components/simulation';
import styles from '../reference/reference.module.css';

export default function Playground(): ReactNode {
  return (
    <Layout title="Playground" description="A simulated ZooKeeper server and three clients, in your browser">
      <main className={styles.page} style={{ maxWidth: '84rem' }}>
        <h1>Playground</h1>
        <p>
          A server and three workers run in this page: the code of the chapters, in a simulated world. Type what a
          worker does, break what you like, go back and try something else. The same seed and the same doings give the
          same run, here and in the tests.
        </p>
        <Simulation scenario="free-play" seed={1} freePlay />
      </main>
    </Layout>
  );
}
