import Link from '@docusaurus/Link';
import Layout from '@theme/Layout';
import type { ReactNode } from 'react';
import type { ContentsData } from '../../plugins/reference-pages';
import Simulation from '../components/simulation';
import SystemMap from './SystemMap';
import styles from './start-page.module.css';

export default function StartPage({ data }: { readonly data: ContentsData }): ReactNode {
  return (
    <Layout
      title="ZooKeeper told as a book whose code runs"
      description="One readable TypeScript implementation of Apache ZooKeeper, chapter by chapter, with labs"
    >
      <main className={styles.page}>
        <section className={styles.first}>
          <div className={styles.words}>
            <h1>ZooKeeper, told as a book whose code runs</h1>
            <p className={styles.lead}>
              Zoowalk is one readable implementation of Apache ZooKeeper, in TypeScript, laid out chapter by chapter. It
              speaks Apache's protocol, reads and writes its files, and is tested beside Apache's own server.
            </p>
            <ol className={styles.ways}>
              <li>
                <h2>Read it</h2>
                <p>
                  <Link to="/chapters/00-introduction">Begin with chapter 00</Link>: three workers must agree who runs
                  tonight's payout, and it is harder than it looks.
                </p>
              </li>
              <li>
                <h2>Run it</h2>
                <p>
                  <code>npm ci && npm start</code>
                  <br />A server on port 2181 for any ZooKeeper client. It needs Node.js 20, and is up in a tenth of a
                  second.
                </p>
              </li>
              <li>
                <h2>Write it</h2>
                <p>
                  <code>npm run lab</code>
                  <br />A <Link to="/labs">lab</Link> is the whole system with one hole in it, and the hole is yours.
                </p>
              </li>
            </ol>
          </div>
          <SystemMap />
        </section>

        <section className={styles.try}>
          <h2>It also runs in this page</h2>
          <p>
            Press play. The server and the three clients below are the code of the book, in a simulated world where time
            stands still until you go on, and where you may cut any wire.
          </p>
          <Simulation scenario="three-workers" seed={7} />
        </section>

        <section>
          <h2>What is in it</h2>
          <div className={styles.parts}>
            {data.parts.map(({ title, about, chapters }) => (
              <div key={title}>
                <h3>{title}</h3>
                <p>{about}</p>
                <ul>
                  {chapters.map(({ number, label, href, isWritten }) => (
                    <li key={number} className={isWritten ? undefined : styles.toCome}>
                      <Link to={href}>
                        <span>{number}</span> {label}
                      </Link>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
            <div>
              <h3>To look things up</h3>
              <p>made from the code, the tests and Apache's sources</p>
              <ul>
                <li>
                  <Link to="/chapters/00-introduction/facts">{data.factCount} facts about Apache ZooKeeper</Link>
                </li>
                <li>
                  <Link to="/ours-and-apaches">Ours and Apache's</Link>
                </li>
                <li>
                  <Link to="/api">API</Link>
                </li>
                <li>
                  <Link to="/glossary">Glossary</Link>
                </li>
                <li>
                  <Link to="/benchmarks">Benchmarks and proofs</Link>
                </li>
                <li>
                  <Link to="/playground">Playground</Link>
                </li>
              </ul>
            </div>
          </div>
          <p className={styles.note}>Chapters in grey are to come; each has an outline already.</p>
        </section>
      </main>
    </Layout>
  );
}
