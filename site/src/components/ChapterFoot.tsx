import Link from '@docusaurus/Link';
import type { ReactNode } from 'react';
import type { ChapterFootData } from '../../plugins/remark-chapter-foot';
import ClassName from './ClassName';
import Table from './Table';

interface Props {
  readonly 'data-foot': string;
}

/** The files of a chapter, and where to go on. */
export default function ChapterFoot({ 'data-foot': json }: Props): ReactNode {
  const { files, testCount, facts, labs } = JSON.parse(json) as ChapterFootData;
  const hasCounterparts = files.some(({ apache }) => apache.length > 0);
  return (
    <>
      <p>
        {labs.map(({ href, number }) => (
          <span key={href}>
            <Link to={href}>Lab {number}</Link> lets you write a part of it.{' '}
          </span>
        ))}
        {facts !== null && (
          <>
            What Apache ZooKeeper does here stands in <Link to={facts.href}>{facts.rows} rows of facts</Link>.{' '}
          </>
        )}
        {testCount > 0 && `Beside the code lie ${testCount} ${testCount === 1 ? 'file' : 'files'} of tests.`}
      </p>
      {files.length > 0 && (
        <Table>
          <thead>
            <tr>
              <th>File</th>
              <th>What it is</th>
              {hasCounterparts && <th>In Apache ZooKeeper</th>}
            </tr>
          </thead>
          <tbody>
            {files.map(({ name, href, api, summary, apache }) => (
              <tr key={name}>
                <td>
                  <Link to={api ?? href}>
                    <code>{name}</code>
                  </Link>
                </td>
                <td>{summary}</td>
                {hasCounterparts && (
                  <td>
                    {apache.map((one) => (
                      <div key={one}>
                        <ClassName name={one} />
                      </div>
                    ))}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}
