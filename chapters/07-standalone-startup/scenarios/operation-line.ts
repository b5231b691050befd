/**
 * What a reader types for a client to do, in the manner of Apache's command line: `create -e /payout/leader w1`.
 */
import { CreateMode } from '#06-network-protocol/create-mode.js';
import type { ZooKeeper } from '#07-standalone-startup/simulated-server.js';

/** Carries the operation out. @returns what came of it, in a line */
export type Operation = (client: ZooKeeper, heard: (text: string) => void) => Promise<string>;

export class OperationLineError extends Error {
  override readonly name = 'OperationLineError';
}

interface Command {
  readonly usage: string;
  readonly flags: string;
  /** How many words it takes, least and most. */
  readonly words: readonly [number, number];
  readonly operation: (flags: ReadonlySet<string>, words: readonly string[]) => Operation;
}

const commands: Readonly<Record<string, Command>> = {
  create: {
    usage: 'create [-e] [-s] PATH [DATA]',
    flags: 'es',
    words: [1, 2],
    operation:
      (flags, [path = '', data = '']) =>
      async (client) =>
        `created ${await client.create(path, data, { mode: modeOf(flags) })}`,
  },
  get: {
    usage: 'get [-w] PATH',
    flags: 'w',
    words: [1, 1],
    operation:
      (flags, [path = '']) =>
      async (client, heard) => {
        const { data, stat } = await client.getData(path, watching(flags, heard));
        return `${path} holds ${textOf(data)}, version ${stat.version}`;
      },
  },
  exists: {
    usage: 'exists [-w] PATH',
    flags: 'w',
    words: [1, 1],
    operation:
      (flags, [path = '']) =>
      async (client, heard) =>
        `there is ${(await client.exists(path, watching(flags, heard))) === null ? 'no' : 'a'} ${path}`,
  },
  ls: {
    usage: 'ls [-w] PATH',
    flags: 'w',
    words: [1, 1],
    operation:
      (flags, [path = '']) =>
      async (client, heard) => {
        const { children } = await client.getChildren(path, watching(flags, heard));
        return `below ${path}: ${children.length === 0 ? 'nothing' : children.join(', ')}`;
      },
  },
  set: {
    usage: 'set PATH DATA [VERSION]',
    flags: '',
    words: [2, 3],
    operation:
      (_flags, [path = '', data = '', version = '-1']) =>
      async (client) =>
        `${path} has version ${(await client.setData(path, data, versionOf(version))).version}`,
  },
  delete: {
    usage: 'delete PATH [VERSION]',
    flags: '',
    words: [1, 2],
    operation:
      (_flags, [path = '', version = '-1']) =>
      async (client) => {
        await client.delete(path, versionOf(version));
        return `${path} is deleted`;
      },
  },
  close: {
    usage: 'close',
    flags: '',
    words: [0, 0],
    operation: () => async (client) => {
      await client.close();
      return 'the session is closed';
    },
  },
};

/** What can be typed, for a help text. */
export const operationUsages: readonly string[] = Object.values(commands).map(({ usage }) => usage);

/** @throws {OperationLineError} when nobody can make sense of the line; the message says what could be typed */
export function parseOperation(line: string): Operation {
  const [name = '', ...rest] = wordsOf(line);
  const command = commands[name];
  if (command === undefined) {
    throw new OperationLineError(`There is no "${name}". Type one of: ${operationUsages.join(' · ')}`);
  }
  const flags = new Set<string>();
  while (/^-[a-z]+$/.test(rest[0] ?? '')) for (const flag of (rest.shift() as string).slice(1)) flags.add(flag);
  const unknown = [...flags].find((flag) => !command.flags.includes(flag));
  const [least, most] = command.words;
  if (unknown !== undefined || rest.length < least || rest.length > most) {
    throw new OperationLineError(`It is: ${command.usage}`);
  }
  if (least > 0 && !rest[0]?.startsWith('/')) throw new OperationLineError(`A path begins with /: ${command.usage}`);
  return command.operation(flags, rest);
}

/** Words are separated by spaces; one in double quotes may hold some. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

function modeOf(flags: ReadonlySet<string>): CreateMode {
  if (flags.has('e')) return flags.has('s') ? CreateMode.ephemeralSequential : CreateMode.ephemeral;
  return flags.has('s') ? CreateMode.persistentSequential : CreateMode.persistent;
}

function versionOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new OperationLineError(`A version is a number, not "${text}"`);
  return Number(text);
}

function watching(flags: ReadonlySet<string>, heard: (text: string) => void): Parameters<ZooKeeper['getData']>[1] {
  if (!flags.has('w')) return {};
  return { watch: ({ type, path }) => heard(type === 'None' ? 'heard of the connection' : `heard ${type} ${path}`) };
}

function textOf(data: Uint8Array | null): string {
  return data === null ? 'null' : JSON.stringify(new TextDecoder().decode(data));
}
