import useBaseUrl from '@docusaurus/useBaseUrl';
import type { ReactNode } from 'react';
import styles from './system-map.module.css';

interface TagProps {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** Where it leads. */
  readonly chapter: string;
  readonly name: string;
}

/** What the book takes apart, in one picture: each number is a chapter. */
export default function SystemMap(): ReactNode {
  return (
    <figure className={styles.map}>
      <svg viewBox="0 0 470 452">
        <title>A ZooKeeper server, its clients and its disk; each part has the number of its chapter</title>
        <rect className={styles.world} x={1.5} y={1.5} width={467} height={449} rx={12} />
        <text className={styles.name} x={16} y={436}>
          the World
        </text>
        <Tag x={102} y={431} text="00" chapter="00-introduction" name="The World" />

        <g className={styles.behind}>
          <rect x={196} y={26} width={258} height={262} rx={10} />
          <rect x={187} y={37} width={258} height={262} rx={10} />
        </g>
        <rect className={styles.server} x={178} y={48} width={258} height={262} rx={10} />
        <text className={styles.name} x={20} y={44}>
          an ensemble
        </text>
        <path className={styles.pointer} d="M104 40 H 192" />
        <Tag x={138} y={40} text="14–19" chapter="14-leader-election" name="The ensemble" />

        {['w1', 'w2', 'w3'].map((worker, index) => (
          <Worker key={worker} name={worker} y={96 + index * 72} />
        ))}
        <text className={styles.name} x={20} y={316}>
          clients
        </text>
        <Tag x={106} y={311} text="10 13" chapter="10-client-cnxn" name="The client" />
        <Tag x={125} y={190} text="04–06" chapter="06-network-protocol" name="The bytes on the wire" />

        <Chain />
        <Tree />
        <Clock />
        <Disk />
      </svg>
      <figcaption>One small system. Each number is a chapter, and each chapter is code that runs.</figcaption>
    </figure>
  );
}

function Tag({ x, y, text, chapter, name }: TagProps): ReactNode {
  const href = useBaseUrl(`/chapters/${chapter}`);
  const width = text.length * 7.6 + 16;
  return (
    <a href={href} className={styles.tag} aria-label={`${name}: chapter ${text}`}>
      <rect x={x - width / 2} y={y - 12} width={width} height={22} rx={11} />
      <text x={x} y={y + 4} textAnchor="middle">
        {text}
      </text>
    </a>
  );
}

function Worker({ name, y }: { readonly name: string; readonly y: number }): ReactNode {
  return (
    <g className={styles.worker}>
      <rect x={18} y={y - 20} width={56} height={40} rx={8} />
      <text x={46} y={y + 5} textAnchor="middle">
        {name}
      </text>
      <path d={`M76 ${y - 5} H 172 m-7 -4 l7 4 l-7 4`} />
      <path className={styles.answer} d={`M174 ${y + 6} H 79 m7 -4 l-7 4 l7 4`} />
    </g>
  );
}

const CHAIN_Y = 82;

function Chain(): ReactNode {
  return (
    <g className={styles.chain}>
      {['prep', 'sync', 'final'].map((name, index) => (
        <g key={name}>
          <rect x={192 + index * 62} y={CHAIN_Y - 15} width={50} height={28} rx={5} />
          <text x={217 + index * 62} y={CHAIN_Y + 4} textAnchor="middle">
            {name}
          </text>
          {index < 2 && <path d={`M${243 + index * 62} ${CHAIN_Y - 1} h10`} />}
        </g>
      ))}
      <Tag x={406} y={CHAIN_Y} text="12" chapter="12-request-processors" name="The request's way" />
    </g>
  );
}

function Tree(): ReactNode {
  return (
    <g className={styles.tree}>
      <path d="M300 142 V 160 M232 160 H 366 M232 160 V 172 M300 160 V 172 M366 160 V 172" />
      <text x={300} y={136} textAnchor="middle">
        /payout
      </text>
      <text x={232} y={188} textAnchor="middle">
        config
      </text>
      <text x={300} y={188} textAnchor="middle">
        leader
      </text>
      <text className={styles.data} x={300} y={206} textAnchor="middle">
        "w2"
      </text>
      <text x={366} y={188} textAnchor="middle">
        workers
      </text>
      <Tag x={392} y={130} text="01–03" chapter="01-data-model" name="The tree, watches, access" />
    </g>
  );
}

function Clock(): ReactNode {
  return (
    <g className={styles.clock}>
      <path className={styles.rule} d="M190 226 H 424" />
      {[0, 1, 2, 3, 4].map((bucket) => (
        <rect key={bucket} x={194 + bucket * 24} y={252} width={18} height={30} rx={3} />
      ))}
      <circle cx={203} cy={270} r={4} />
      <circle cx={251} cy={263} r={4} />
      <circle cx={251} cy={274} r={4} />
      <text className={styles.label} x={192} y={244}>
        sessions
      </text>
      <Tag x={352} y={268} text="09 11" chapter="11-session-buckets" name="Sessions and their expiry" />
    </g>
  );
}

function Disk(): ReactNode {
  return (
    <g className={styles.disk}>
      <path className={styles.arrow} d="M306 312 V 338 m-5 -7 l5 7 l5 -7" />
      <path d="M206 352 v58 c0 8 45 14 100 14 s100 -6 100 -14 v-58" />
      <ellipse cx={306} cy={352} rx={100} ry={12} />
      <text x={272} y={394} textAnchor="middle">
        log, snapshots
      </text>
      <Tag x={368} y={390} text="20 32" chapter="32-storage" name="Storage" />
    </g>
  );
}
