import Link from '@docusaurus/Link';
import Layout from '@theme/Layout';
import { type ReactNode, useState } from 'react';
import type { CounterpartRow } from '../../plugins/reference-pages';
import ClassName from '../components/ClassName';
import Table from '../components/Table';
import styles from './reference.module.css';

export default function OursAndApaches({ data }: { readonly data: readonly CounterpartRow[] }): ReactNode {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const rows = data.filter(({ apache, ours }) => `${apache} ${ours}`.toLowerCase().includes(wanted));
  return (
    <Layout title="Ours and Apache's" description="Which class of Apache ZooKeeper is which file of this book">
      <main className={styles.page}>
        <h1>Ours and Apache's</h1>
        <p>
          Names on the left are those of Apache ZooKeeper, below <code>org.apache.zookeeper</code>. The table is made
          from the tags <code>@apache</code> in the code: what has none has no counterpart.
        </p>
        <label className={styles.filter}>
          Show only what contains
          <input value={filter} onChange={(event) => setFilter(event.target.value)} type="search" />
        </label>
        <Table>
          <thead>
            <tr>
              <th>Apache ZooKeeper</th>
              <th>Here</th>
              <th>Chapter</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ apache, ours, href, chapter }) => (
              <tr key={`${apache} ${chapter} ${ours}`}>
                <td>
                  <ClassName name={apache} />
                </td>
                <td>
                  <Link to={href}>
                    <code>{ours}</code>
                  </Link>
                </td>
                <td>
                  <Link to={`/chapters/${chapter}`}>{chapter}</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
        {rows.length === 0 && <p>Nothing here contains “{filter}”.</p>}
      </main>
    </Layout>
  );
}
