/**
 * An ensemble on this machine: ports of its own, a folder for each member, and members that may be Apache's servers or
 * ours, started, killed and started again in any order.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { PeerRole, QuorumServer } from '#14-leader-election/quorum-server.js';
import { serverId } from '#14-leader-election/server-id.js';
import {
  type ApacheServer,
  type ApacheServerOptions,
  freePort,
  startApacheServer,
} from '#testing/apache-server.node.js';
import { GUARD_MS } from '#testing/child-process.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';

export interface EnsembleMember {
  readonly id: number;
  readonly role: PeerRole;
  readonly quorumPort: number;
  readonly electionPort: number;
  readonly clientPort: number;
  readonly dataDir: string;
}

const HOST = '127.0.0.1';

/** Short, so that a leader without followers gives up soon. */
const TIMES = { tickTime: '500', initLimit: '6', syncLimit: '4' };

/** Members of an ensemble, of whom nobody runs yet. */
export class EnsembleUnderTest implements AsyncDisposable {
  readonly members: ReadonlyMap<number, EnsembleMember>;
  readonly verifier: QuorumMaj;
  private readonly folder: string;
  private readonly running = new Map<number, ApacheServer>();

  private constructor(folder: string, members: readonly EnsembleMember[]) {
    this.folder = folder;
    this.members = new Map(members.map((member) => [member.id, member]));
    this.verifier = new QuorumMaj(members.map(quorumServer));
  }

  static async plan(voters: readonly number[], observers: readonly number[] = []): Promise<EnsembleUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'zoowalk-ensemble-'));
    const members: EnsembleMember[] = [];
    for (const id of [...voters, ...observers]) {
      members.push({
        id,
        role: voters.includes(id) ? 'participant' : 'observer',
        quorumPort: await freePort(),
        electionPort: await freePort(),
        clientPort: await freePort(),
        dataDir: join(folder, String(id)),
      });
    }
    return new EnsembleUnderTest(folder, members);
  }

  member(id: number): EnsembleMember {
    const member = this.members.get(id);
    if (!member) throw new Error(`the ensemble has no member ${id}`);
    return member;
  }

  /** What stands in the zoo.cfg of a member beside its client port and data folder. */
  configOf(id: number): Record<string, string> {
    const servers = [...this.members.values()].map(({ id, quorumPort, electionPort, role }) => {
      return [`server.${id}`, `${HOST}:${quorumPort}:${electionPort}:${role}`];
    });
    const isObserver = this.member(id).role === 'observer';
    return { ...TIMES, ...Object.fromEntries(servers), ...(isObserver ? { peerType: 'observer' } : {}) };
  }

  /** Starts Apache's server as a member, over the data that it had before. It need not serve yet. */
  async startApache(id: number, options: Partial<ApacheServerOptions> = {}): Promise<ApacheServer> {
    const { clientPort, dataDir } = this.member(id);
    const server = await startApacheServer({
      ready: 'running',
      logLevel: 'info',
      ...options,
      myId: id,
      port: clientPort,
      dataDir,
      config: this.configOf(id),
    });
    this.running.set(id, server);
    return server;
  }

  /** Kills Apache's server that is this member. */
  async kill(id: number): Promise<void> {
    await this.running.get(id)?.[Symbol.asyncDispose]();
    this.running.delete(id);
  }

  /** What `srvr` says that the member is: leader, follower, observer; null when it does not serve. */
  async modeOf(id: number): Promise<string | null> {
    const answer = await fourLetterWord(this.member(id).clientPort, 'srvr', HOST, 1000).catch(() => '');
    return /^Mode: (\w+)$/m.exec(answer)?.[1] ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.running.keys()]) await this.kill(id);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Waits until something is so.
 * @param describe what is there instead, for the message
 * @throws {Error} (as a rejection) it is not, for as long as a guard waits
 */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  describe: () => unknown = () => '',
): Promise<void> {
  const endsAt = performance.now() + GUARD_MS;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`waited ${GUARD_MS} ms until ${what}: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function quorumServer({ id, role, quorumPort, electionPort }: EnsembleMember): QuorumServer {
  const address = { quorum: { host: HOST, port: quorumPort }, election: { host: HOST, port: electionPort } };
  return { id: serverId(BigInt(id)), role, addresses: [address], clientAddress: null };
}
