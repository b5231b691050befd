/** The figures of this chapter's text, and the answers to its predictions, from the code that it tells of. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ArchiveError, BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { RecordType } from '#04-serialization/record-type.js';
import { compileJute } from '#05-jute/compile-files.js';
import * as elements from '#05-jute/elements.js';
import { JuteError } from '#05-jute/jute-error.js';
import { type Token, tokenize } from '#05-jute/lexer.js';
import { CreateRequest, RequestHeader } from '#05-jute/records/proto.js';
import { signature } from '#05-jute/signature.js';
import { textForm } from '#05-jute/text-form.js';

const TEXT = readFileSync(join(import.meta.dirname, 'index.mdx'), 'utf8');

/** The file of the text, as it stands there. */
const PAYOUT = /```text\n(\/\/ What the leader[\s\S]*?)```/.exec(TEXT)?.[1] as string;

const OPTIONS = { importPrefix: './', command: 'npm run jute' };

const generated = (text: string): string =>
  compileJute([{ path: 'payout.jute', text }], () => null, OPTIONS)[0]?.text ?? '';

interface Payout {
  readonly worker: string | null;
  readonly attempt?: number;
  readonly batch: number;
  readonly ctime: number;
  readonly orders: string[];
}

/** The record type Payout, compiled from a version of the file. */
function payoutOf(text: string): RecordType<Payout> {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(generated(text), { compilerOptions });
  const exports: { Payout?: RecordType<Payout> } = {};
  new Function('exports', 'require', outputText)(exports, () => elements);
  return exports.Payout as RecordType<Payout>;
}

const TONIGHT: Payout = { worker: 'w1', batch: 100, ctime: 0x19b77488500, orders: ['o-17', 'o-18'] };

function bytesOf(type: RecordType<Payout>, record: Payout): Buffer {
  const archive = new BinaryOutputArchive();
  type.write(archive, record);
  return Buffer.from(archive.bytes());
}

function messageOf(text: string): string {
  try {
    generated(text);
  } catch (error) {
    if (error instanceof JuteError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('payout.jute', () => {
  it('becomes the code of the text', () => {
    const lines = generated(PAYOUT).trimEnd().split('\n');
    expect(TEXT).toContain(`has ${lines.length} lines. This is the middle`);
    const [head, body] = /```text\n(export const Payout[^\n]*\n) {2}…\n([\s\S]*?)```/.exec(TEXT)?.slice(1) ?? [];
    expect(lines.join('\n')).toContain(head?.trimEnd());
    expect(`${lines.join('\n')}\n`).toContain(body);
  });

  it('has the bytes of the text', () => {
    const shown = /orders `o-17` and `o-18`, in a run:\n\n```text\n(.*)\n```/.exec(TEXT)?.[1];
    expect(bytesOf(payoutOf(PAYOUT), TONIGHT).toString('hex')).toBe(shown?.replaceAll(' ', ''));
  });

  it('has the tokens of the text', () => {
    const rows = [...TEXT.matchAll(/^\| (\d+:\d+) \| (.*?) \| (.*?) ?\|$/gm)].map((match) => match.slice(1));
    expect(rows).toHaveLength(14);
    expect(rows).toEqual(tokenize('payout.jute', PAYOUT).slice(0, rows.length).map(tokenRow));
  });

  it('has the signature of the text', () => {
    expect(TEXT).toContain(`\`${signature(payoutOf(PAYOUT))}\``);
  });
});

function tokenRow({ kind, text, position, commentBefore, commentAfter }: Token): string[] {
  const before = commentBefore.map((line) => `before: "${line}"`);
  const after = commentAfter.map((line) => `after: "${line}"`);
  const shown = kind === 'identifier' ? `identifier \`${text}\`` : `\`${text}\``;
  return [`${position.line}:${position.column}`, shown, [...before, ...after].join(' ')];
}

describe('predictions', () => {
  it('a class that is declared below', () => {
    const text = 'module shop { class Payout { Worker worker; }\nclass Worker { ustring name; } }';
    expect(TEXT).toContain(messageOf(text).replace('payout.jute', 'below.jute'));
  });

  it('the types of ctime and startedAt', () => {
    const text = generated(PAYOUT.replace('vector', 'long startedAt;\n    vector'));
    expect(text).toContain('  ctime: number;');
    expect(text).toContain('  startedAt: bigint;');
  });

  it('the call that writes a map of vectors', () => {
    const text = 'module m { class Point { int x; } class Figure { map<int, vector<Point>> lines; } }';
    const call = /^ {4}(.*record\.lines.*);$/m.exec(generated(text))?.[1];
    const options = /Which call writes it\?"\n {2}options=\{\[([\s\S]*?)\]\}\n {2}answer=\{2\}/.exec(TEXT)?.[1] ?? '';
    expect(options.trim().split('\n')[2]?.trim()).toBe(`'${call}',`);
    expect(TEXT).toContain(`\n\`${call}\`.`);
  });

  it('two versions of a record', () => {
    const [old, tonight] = [payoutOf(PAYOUT), { ...TONIGHT, attempt: 1 }];
    const inserted = payoutOf(PAYOUT.replace('int batch', 'int attempt; int batch'));
    const appended = payoutOf(PAYOUT.replace('orders;', 'orders; int attempt;'));
    const outcomes = [
      reading(inserted, bytesOf(old, tonight)),
      reading(old, bytesOf(inserted, tonight)),
      reading(appended, bytesOf(old, tonight)),
      reading(old, bytesOf(appended, tonight)),
    ];
    const rows = [...TEXT.matchAll(/^\| (?:inserted|appended) [^|]*\| (.*?) \| (.*?) \|$/gm)];
    expect(rows.flatMap((match) => match.slice(1))).toEqual(outcomes);
  });
});

/** How it goes to read these bytes. */
function reading(type: RecordType<Payout>, bytes: Buffer): string {
  const archive = new BinaryInputArchive(bytes);
  try {
    type.read(archive);
    return `reads all, ${archive.remainingBytes} bytes are left over`;
  } catch (error) {
    if (error instanceof ArchiveError) return error.message.replace(/ at offset \d+/, '');
    throw error;
  }
}

describe('messages', () => {
  const inPayout = (fields: string): string => messageOf(`module shop { class Payout { ${fields} } }`);
  it.each([
    inPayout('ustring worker int batch;'),
    inPayout('int class;'),
    inPayout('map<buffer, int> sums;'),
    inPayout('int a; int a;'),
    messageOf('module shop { class Worker { int i; } } module bank { class P { Worker w; } }'),
  ])('%s', (message) => {
    expect(TEXT).toContain(`| ${message.replace(/^payout\.jute:\d+:\d+: /, '')} |`);
  });
});

describe('the create request of chapter 04', () => {
  const acl = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
  const request = { path: '/payout/config', data: Buffer.from('batch=100'), acl, flags: 0 };

  it('is read by the calls of the text', () => {
    const archive = new BinaryOutputArchive();
    archive.writeInt(0);
    RequestHeader.write(archive, { xid: 2, type: 1 });
    CreateRequest.write(archive, request);
    const input = new BinaryInputArchive(archive.bytes());
    input.readInt();
    const calls = notedCalls(input);
    RequestHeader.read(input);
    CreateRequest.read(input);
    const rows = [...TEXT.matchAll(/^\| (\d+) \| (\d+) \| (?:… )?`(\w+)`/gm)].map((match) => match.slice(1));
    expect(rows).toEqual(calls);
  });

  it('has the text form of the text', () => {
    expect(TEXT).toContain(`\n${textForm(CreateRequest, request)}`);
  });
});

/** Each call of the archive, with the positions before and after it, in the order in which they begin. */
function notedCalls(archive: BinaryInputArchive): string[][] {
  const calls: string[][] = [];
  const noted = archive as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ['readInt', 'readString', 'readBuffer', 'readVector'] as const) {
    const own = (archive[name] as (...args: unknown[]) => unknown).bind(archive);
    noted[name] = (...args) => {
      const call = [String(archive.position), '', name];
      // What begins where another call begins is the length that this one reads.
      if (calls.some(([from]) => from === call[0])) return own(...args);
      calls.push(call);
      const result = own(...args);
      call[1] = String(archive.position);
      return result;
    };
  }
  return calls;
}
