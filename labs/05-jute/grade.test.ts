/** The checks of lab 5, in the order of the text. Each unit check needs only gaps up to its own. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { PrimitiveType, RecordType } from '#04-serialization/record-type.js';
import { EveryType } from '#05-jute/example/every-type.js';
import { RecordParser, readField, writeField } from '#05-jute/jute-compiler.js';
import { JuteError } from '#05-jute/jute-error.js';
import { KnownRecords } from '#05-jute/known-records.js';
import { parseJute } from '#05-jute/parser.js';
import type { FieldDeclaration, RecordDeclaration, Type } from '#05-jute/schema.js';
import { qualifiedName } from '#05-jute/schema.js';
import { RECORDS_BY_MODULE } from '#05-jute/testing/all-records.js';
import { recordArbitrary } from '#05-jute/testing/record-arbitrary.js';
import { TokenReader } from '#05-jute/token-reader.js';
import { readSteps, writeSteps } from '#06-network-protocol/framing.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Attempt } from '../runner/attempt.js';
import { bytesOf, hexOf } from '../runner/bytes.js';
import { simulated, unit } from '../runner/checks.node.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';
import { GeneratedClient, type Proto } from './grade-client.js';
import { CHAPTER, compiled, evaluated, firstDifference, linesOf, type Records, sourcesIn } from './grade-compiled.js';
import { slipsIn } from './grade-slips.js';
import { bytesByHand, inIdl, oneOf, PAIR, randomShape, randomValue, type Shape } from './grade-types.js';

const AS_WRITTEN = 'The tree says what the text says, in its order, and nothing else.';
const AT_THE_TOKEN = 'A mistake is told at the first token that cannot stand where it stands.';
const ONE_NAME = 'A name means one record: the one that is meant where it is written.';
const TYPE_DECIDES = 'The type of a field decides how it is written, down to the innermost type.';
const BACK_AGAIN = 'What was written is read again, call for call.';
const TO_THE_LETTER = 'What the compiler makes is what a person would have written, to the letter.';
const OTHERS_READ_IT = 'Whoever knows the .jute file can read what generated code writes.';

// ------------------------------------------------------------------------------------------------- 05.1 types

unit({ gap: '05.1', name: 'a word for a primitive type', invariant: AS_WRITTEN }, (attempt) => {
  for (const name of ['int', 'ustring', 'buffer', 'boolean'] as const) {
    const { result, rest } = parsed(attempt, 'type', `${name} batch;`);
    attempt.equal(result, { kind: 'primitive', name });
    attempt.equal(rest, 'batch', 'the token that comes next');
  }
});

unit({ gap: '05.1', name: 'a vector of them', invariant: AS_WRITTEN }, (attempt) => {
  const { result, rest } = parsed(attempt, 'type', 'vector<ustring> orders;');
  attempt.equal(result, { kind: 'vector', element: primitive('ustring') });
  attempt.equal(rest, 'orders', 'the token that comes next');
});

unit({ gap: '05.1', name: 'a map of them', invariant: AS_WRITTEN }, (attempt) => {
  const { result, rest } = parsed(attempt, 'type', 'map<ustring, long> sums;');
  attempt.equal(result, { kind: 'map', key: primitive('ustring'), value: primitive('long') });
  attempt.equal(rest, 'sums', 'the token that comes next');
});

unit(
  { gap: '05.1', name: 'half a type is an error where the other half should be', invariant: AT_THE_TOKEN },
  (attempt) => {
    expectError(attempt, 'type', 'vector int> v', 8);
    expectError(attempt, 'type', 'vector<int v', 12);
    expectError(attempt, 'type', 'map<int> m', 8);
    expectError(attempt, 'type', '; v', 1);
  },
);

unit({ gap: '05.1', name: 'the keys of a map have an order', invariant: AT_THE_TOKEN }, (attempt) => {
  expectError(attempt, 'type', 'map<buffer, int> m', 5);
});

// -------------------------------------------------------------------------------------- 05.2 names of records

unit({ gap: '05.2', name: 'a name without dots is one of this module', invariant: ONE_NAME }, (attempt) => {
  const worker = recordNamed('shop', 'Worker');
  const { result } = parsed(attempt, 'recordType', 'Worker w;', [worker]);
  expectRecord(attempt, result, worker);
});

unit({ gap: '05.2', name: 'a name with dots is complete', invariant: ONE_NAME }, (attempt) => {
  const worker = recordNamed('bank.payout', 'Worker');
  const { result, rest } = parsed(attempt, 'recordType', 'bank.payout.Worker w;', [worker]);
  expectRecord(attempt, result, worker);
  attempt.equal(rest, 'w', 'the token that comes next');
});

unit({ gap: '05.2', name: 'a name that nobody declares is an error', invariant: AT_THE_TOKEN }, (attempt) => {
  expectError(attempt, 'recordType', 'Nobody w;', 1);
  expectError(attempt, 'recordType', ' bank.Nobody w;', 2);
});

// --------------------------------------------------------------------------------------- 05.3 fields and classes

unit({ gap: '05.3', name: 'a field is a type and a name', invariant: AS_WRITTEN }, (attempt) => {
  const { result, rest } = parsed(attempt, 'field', 'vector<int> batches; int more;');
  attempt.equal(result.name, 'batches', 'its name');
  attempt.equal(result.type, { kind: 'vector', element: primitive('int') }, 'its type');
  attempt.equal(result.position, { line: 1, column: 13 }, 'its position');
  attempt.equal(rest, 'int', 'the token that comes next');
});

unit({ gap: '05.3', name: 'a comment is above a field, or behind it', invariant: AS_WRITTEN }, (attempt) => {
  const above = parsed(attempt, 'field', '// The worker that runs it.\nustring worker;');
  attempt.equal(above.result.comment, ['The worker that runs it.'], 'its comment');
  const behind = parsed(attempt, 'field', 'int batch; // orders in one go\n}');
  attempt.equal(behind.result.comment, ['orders in one go'], 'its comment');
});

unit({ gap: '05.3', name: 'a class is its fields, in order', invariant: AS_WRITTEN }, (attempt) => {
  const { result, rest } = parsed(attempt, 'record', 'class Payout { ustring worker; int batch; long ctime; } }');
  attempt.equal(qualifiedName(result), 'shop.Payout', 'its qualified name');
  attempt.equal(result.position, { line: 1, column: 7 }, 'its position');
  const fields = result.fields.map((field) => `${field.name}: ${shownType(field.type)}`);
  attempt.equal(fields, ['worker: ustring', 'batch: int', 'ctime: long'], 'its fields');
  attempt.equal(rest, '}', 'the token that comes next');
});

unit({ gap: '05.3', name: 'a class is known from its end on', invariant: ONE_NAME }, (attempt) => {
  const { result, known } = parsed(attempt, 'record', 'class Payout { int batch; }');
  attempt.holds(known.get('shop.Payout') === result, 'that known.get("shop.Payout") is this declaration', 'another');
});

unit({ gap: '05.3', name: 'what is missing in a class', invariant: AT_THE_TOKEN }, (attempt) => {
  expectError(attempt, 'field', 'int batch }', 11);
  expectError(attempt, 'field', 'int ;', 5);
  expectError(attempt, 'record', 'class Payout { }', 16);
  expectError(attempt, 'record', 'class Payout int batch; }', 14);
});

// --------------------------------------------------------------------------------------------- 05.4 calls that write

unit({ gap: '05.4', name: 'a field of a primitive type is written', invariant: TYPE_DECIDES }, (attempt) => {
  attempt.equal(written(attempt, 'worker', primitive('ustring')), 'archive.writeString(record.worker)');
  attempt.equal(written(attempt, 'batch', primitive('int')), 'archive.writeInt(record.batch)');
});

unit({ gap: '05.4', name: 'a field that is a record is written', invariant: TYPE_DECIDES }, (attempt) => {
  attempt.equal(written(attempt, 'id', recordType('Id')), 'Id.write(archive, record.id)');
});

unit({ gap: '05.4', name: 'a vector is handed what writes an element', invariant: TYPE_DECIDES }, (attempt) => {
  const strings: Type = { kind: 'vector', element: primitive('ustring') };
  attempt.equal(written(attempt, 'orders', strings), 'archive.writeVector(record.orders, writeUstring)');
  const records: Type = { kind: 'vector', element: recordType('ACL') };
  attempt.equal(written(attempt, 'acl', records), 'archive.writeVector(record.acl, ACL.write)');
});

unit({ gap: '05.4', name: 'a map is handed both', invariant: TYPE_DECIDES }, (attempt) => {
  const map: Type = { kind: 'map', key: primitive('ustring'), value: recordType('Id') };
  attempt.equal(written(attempt, 'owners', map), 'writeMap(archive, record.owners, writeUstring, Id.write)');
});

// ---------------------------------------------------------------------------------------------- 05.5 calls that read

unit({ gap: '05.5', name: 'a field of a primitive type is read', invariant: BACK_AGAIN }, (attempt) => {
  attempt.equal(read(attempt, 'worker', primitive('ustring')), 'archive.readString()');
  attempt.equal(read(attempt, 'batch', primitive('int')), 'archive.readInt()');
});

unit({ gap: '05.5', name: 'a field that is a record is read', invariant: BACK_AGAIN }, (attempt) => {
  attempt.equal(read(attempt, 'id', recordType('Id')), 'Id.read(archive)');
});

unit({ gap: '05.5', name: 'vectors and maps are handed what reads an element', invariant: BACK_AGAIN }, (attempt) => {
  const records: Type = { kind: 'vector', element: recordType('ACL') };
  attempt.equal(read(attempt, 'acl', records), 'archive.readVector(ACL.read)');
  const map: Type = { kind: 'map', key: primitive('ustring'), value: primitive('long') };
  attempt.equal(read(attempt, 'sums', map), 'readMap(archive, readUstring, readLong)');
});

unit({ gap: '05.5', name: 'a transaction is not just a number', invariant: TYPE_DECIDES }, (attempt) => {
  attempt.equal(read(attempt, 'zxid', primitive('long')), 'archive.readLong() as Zxid');
});

const primitive = (name: PrimitiveType): Type => ({ kind: 'primitive', name });

const recordType = (name: string): Type => ({ kind: 'record', record: recordNamed('shop', name) });

const POSITION = { line: 1, column: 1 };

function recordNamed(module: string, name: string): RecordDeclaration {
  const fields = [{ name: 'left', position: POSITION, type: primitive('int'), comment: [] }];
  return { name, module, path: 'other.jute', position: POSITION, comment: [], fields };
}

const written = (attempt: Attempt, name: string, type: Type): string => ofField(attempt, 'writeField', name, type);
const read = (attempt: Attempt, name: string, type: Type): string => ofField(attempt, 'readField', name, type);

function ofField(attempt: Attempt, verb: 'writeField' | 'readField', name: string, type: Type): string {
  attempt.did(`${verb} of the field: ${shownType(type)} ${name};`);
  const field: FieldDeclaration = { name, position: POSITION, type, comment: [] };
  return verb === 'writeField' ? writeField(field) : readField(field);
}

type Method = 'type' | 'recordType' | 'field' | 'record';

/** Calls one method of the parser, in the module `shop`. @param records what is known already */
function parsed<M extends Method>(attempt: Attempt, method: M, text: string, records: RecordDeclaration[] = []) {
  const tokens = new TokenReader('t.jute', text);
  const known = new KnownRecords(tokens);
  for (const record of records) known.add(record);
  const parser = new RecordParser(tokens, known);
  attempt.did(`${method}('shop'), with the text: ${text}`);
  const result = parser[method]('shop') as ReturnType<RecordParser[M]>;
  return { result, known, rest: tokens.peek().text };
}

function expectError(attempt: Attempt, method: Method, text: string, column: number): void {
  let got = 'no error';
  try {
    const { result } = parsed(attempt, method, text);
    got = `no error, but ${'kind' in result ? shownType(result) : result.name}`;
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    if (error.position.column === column) return;
    got = error.message;
  }
  attempt.wrong(`a JuteError at t.jute:1:${column}`, got);
}

function expectRecord(attempt: Attempt, type: Type, record: RecordDeclaration): void {
  const isIt = type.kind === 'record' && type.record === record;
  attempt.holds(isIt, `a type that holds the declaration of ${qualifiedName(record)}`, shownType(type));
}

/** In the language of .jute files, with the whole names of records. */
function shownType(type: Type): string {
  switch (type?.kind) {
    case 'primitive':
      return type.name;
    case 'vector':
      return `vector<${shownType(type.element)}>`;
    case 'map':
      return `map<${shownType(type.key)}, ${shownType(type.value)}>`;
    case 'record':
      return type.record.module === 'shop' ? type.record.name : qualifiedName(type.record);
    default:
      return `something that is no type: ${String(type)}`;
  }
}

// -------------------------------------------------------------------------------- the whole compiler, and a server

simulated(
  {
    gap: '05.3',
    name: "ZooKeeper's own files become what stands in the book",
    invariant: TO_THE_LETTER,
    points: 3,
    seeds: 1,
  },
  async (attempt) => {
    attempt.did('the compiler reads data, persistence, proto, quorum and txn.jute');
    for (const { name, text } of compiled(sourcesIn('zookeeper'))) {
      const difference = firstDifference(text, readFileSync(join(CHAPTER, 'records', name), 'utf8'));
      if (difference === null) continue;
      const { line, expected, got } = difference;
      attempt.wrong(expected, got, `line ${line} of records/${name} (class ${classAt(text, line)})`);
    }
  },
);

/** The class that a line of a generated file belongs to. Its comment stands before its name. */
function classAt(text: string, line: number): string {
  const lines = text.split('\n');
  const isInside = /^ {2}/.test(lines[line - 1] ?? '');
  const where = isInside ? lines.slice(0, line).reverse() : lines.slice(line - 1);
  return /^export \w+ (\w+)/m.exec(where.join('\n'))?.[1] ?? 'none';
}

simulated(
  { gap: '05.2', name: 'two modules with classes of the same names', invariant: ONE_NAME, points: 2, seeds: 6 },
  async (attempt) => {
    const random = new SeededRandom(attempt.seed);
    const [twin, whole] = [`class Worker { ${oneOf(random, ['int', 'ustring'])} name; }`, oneOf(random, ['', 'shop.'])];
    const other = oneOf(random, ['bank', 'bank.payout', 'shop.old']);
    const lines = [
      `module ${other} { ${twin} }`,
      `module shop { ${twin} class Team { ${whole}Worker first; vector<${other}.Worker> others; } }`,
    ];
    if (random.chance(1 / 2)) lines.push(`module late { class List { map<int, vector<shop.Worker>> all; } }`);
    for (const line of lines) attempt.did(line);
    const text = lines.join('\n');
    const { modules } = parseJute({ path: 't.jute', text }, () => null);
    const [theirs, ours] = modules.flatMap(({ records }) => records.filter(({ name }) => name === 'Worker'));
    const fields = modules.flatMap(({ records }) => records.flatMap((record) => record.fields));
    for (const { name, type } of fields) {
      const meant = name === 'first' || name === 'all' ? ours : name === 'others' ? theirs : undefined;
      if (meant === undefined) continue;
      const record = innermost(type);
      attempt.holds(
        record === meant,
        `${name} has the Worker of module ${meant.module}`,
        record ? `the ${record.name} of module ${record.module}` : 'no record',
      );
    }
    expectNotKnown(attempt, `${lines[0]}\nmodule shop { class Team {\nWorker w; } }`, 'Worker is in another module');
  },
);

function innermost(type: Type): RecordDeclaration | null {
  if (type.kind === 'vector') return innermost(type.element);
  if (type.kind === 'map') return innermost(type.value);
  return type.kind === 'record' ? type.record : null;
}

/** @param text with the field that is wrong in its third line */
function expectNotKnown(attempt: SimulatedAttempt, text: string, why: string): void {
  for (const line of text.split('\n')) attempt.did(line);
  const got = errorOf(text, () => null);
  attempt.holds(got instanceof JuteError && got.position.line === 3, `an error in line 3: ${why}`, `${got}`);
}

simulated(
  { gap: '05.1', name: 'a slip in a type is told where it is', invariant: AT_THE_TOKEN, points: 2, seeds: 8 },
  async (attempt) => expectSlipsFound(attempt, 'types'),
);

simulated(
  { gap: '05.3', name: 'a slip in a class is told where it is', invariant: AT_THE_TOKEN, points: 2, seeds: 8 },
  async (attempt) => expectSlipsFound(attempt, 'classes'),
);

function expectSlipsFound(attempt: SimulatedAttempt, where: 'types' | 'classes'): void {
  const sources = sourcesIn('zookeeper');
  const proto = sources.find(({ path }) => path === 'proto.jute')?.text as string;
  for (const { what, shown, text, line, column } of slipsIn(proto, where, new SeededRandom(attempt.seed))) {
    const got = errorOf(text, (path) => sources.find((source) => source.path === path) ?? null);
    if (got instanceof JuteError && got.position.line === line && got.position.column === column) continue;
    attempt.did(`${what}, in line ${line} of proto.jute: ${shown.replace('‸', '')}`);
    attempt.wrong(`an error at proto.jute:${line}:${column}, where ‸ stands in: ${shown}`, `${got}`);
  }
}

/** What the parser says to a text that is wrong. */
function errorOf(text: string, resolveInclude: Parameters<typeof parseJute>[1]): unknown {
  try {
    parseJute({ path: 'proto.jute', text }, resolveInclude);
    return 'no error';
  } catch (error) {
    return error;
  }
}

simulated(
  { gap: '05.4', name: 'types inside types are written', invariant: OTHERS_READ_IT, points: 2, seeds: 8 },
  async (attempt) => {
    for (const { about, shape, value, writes, type } of await randomClasses(attempt)) {
      const archive = new BinaryOutputArchive();
      attempted(attempt, `${about}: ${writes}`, () => type.write(archive, { f: value }));
      const [got, expected] = [hexOf(archive.bytes()), hexOf(bytesOf(bytesByHand(shape, value)))];
      if (got !== expected)
        attempt.wrong(expected, got, `the bytes of { f: ${shownValue(value)} }, ${about}: ${writes}`);
    }
  },
);

simulated(
  { gap: '05.5', name: 'types inside types are read', invariant: BACK_AGAIN, points: 2, seeds: 8 },
  async (attempt) => {
    for (const { about, shape, value, reads, type } of await randomClasses(attempt)) {
      const archive = new BinaryInputArchive(bytesOf(bytesByHand(shape, value)));
      const got = attempted(attempt, `${about}: ${reads}`, () => type.read(archive));
      attempt.equal(got, { f: value }, `what comes out, ${about}: ${reads}`);
      attempt.equal(archive.remainingBytes, 0, `the bytes that are left over, ${about}: ${reads}`);
    }
  },
);

/** Classes with one field of a type that nobody has seen before, compiled, and a value for each. */
async function randomClasses(attempt: SimulatedAttempt) {
  const random = new SeededRandom(attempt.seed);
  const shapes = Array.from({ length: 12 }, (): Shape => randomShape(random, 3));
  // The first failure is that of a simple one.
  shapes.sort((a, b) => inIdl(a).length - inIdl(b).length);
  const classes = shapes.map((shape, index) => `class C${index} { ${inIdl(shape)} f; }`);
  attempt.did(`a file with ${classes.length} classes is compiled, each with a field f of a type drawn at random`);
  const [file] = compiled([{ path: 'random.jute', text: `module random {\n${[PAIR, ...classes].join('\n')}\n}` }]);
  const { text } = file as { text: string };
  const records = (await evaluated([file as NonNullable<typeof file>])).get('random') as Records;
  return shapes.map((shape, index) => {
    const name = `C${index}`;
    const type = records[name] as unknown as RecordType<{ f: unknown }>;
    const [about, value] = [`of a ${inIdl(shape)} f, with the generated code`, randomValue(random, shape)];
    return { about, shape, value, writes: linesOf('write', name, text), reads: linesOf('read', name, text), type };
  });
}

/** @param what it is that runs, for the message when it fails */
function attempted<T>(attempt: SimulatedAttempt, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    return attempt.wrong('that it runs', `${error}`, what);
  }
}

function shownValue(value: unknown): string {
  if (value instanceof Map) return `Map { ${[...value].map((pair) => pair.map(shownValue).join(' => ')).join(', ')} }`;
  if (Array.isArray(value)) return `[${value.map(shownValue).join(', ')}]`;
  if (Buffer.isBuffer(value)) return `<${value.toString('hex')}>`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${shownValue(each)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? `'${value}'` : typeof value === 'bigint' ? `${value}n` : String(value);
}

simulated(
  { gap: '05.5', name: 'every record, with values at random', invariant: BACK_AGAIN, points: 2, seeds: 3 },
  async (attempt) => {
    const files = [...compiled(sourcesIn('zookeeper')), ...compiled(sourcesIn('example'))];
    const generated = await evaluated(files);
    const random = new SeededRandom(attempt.seed);
    const seed = random.integer(2 ** 31);
    const all = { ...RECORDS_BY_MODULE, 'every-type': [EveryType as RecordType<unknown>] };
    for (const [file, types] of Object.entries(all)) {
      for (const theirs of types) {
        const ours = generated.get(file)?.[theirs.name] as RecordType<unknown> | undefined;
        if (ours === undefined) return attempt.wrong(`the class ${theirs.name}`, 'none', `the generated ${file}.ts`);
        attempt.did(`${theirs.name} is written and read`);
        for (const value of fc.sample(recordArbitrary(theirs), { seed, numRuns: 5 })) {
          roundTrip(attempt, ours, theirs, value);
        }
      }
    }
  },
);

function roundTrip<T>(attempt: SimulatedAttempt, ours: RecordType<T>, theirs: RecordType<T>, value: T): void {
  const [got, expected] = [new BinaryOutputArchive(), new BinaryOutputArchive()];
  theirs.write(expected, value);
  attempted(attempt, `${theirs.name}.write, as it was generated`, () => ours.write(got, value));
  attempt.equal(hexOf(got.bytes()), hexOf(expected.bytes()), `the bytes of a ${theirs.name}`);
  const archive = new BinaryInputArchive(expected.bytes());
  const back = attempted(attempt, `${theirs.name}.read, as it was generated`, () => ours.read(archive));
  attempt.equal(back, value, `the ${theirs.name} that comes back`);
}

simulated(
  {
    gap: '05.5',
    name: 'a client with generated records, and a server',
    invariant: OTHERS_READ_IT,
    points: 3,
    seeds: 3,
  },
  async (attempt) => {
    const proto = (await evaluated(compiled(sourcesIn('zookeeper')))).get('proto') as unknown as Proto;
    const zoo = attempt.server();
    await zoo.settle(zoo.start());
    const client = await GeneratedClient.open(attempt, proto);
    await storesAndReads(attempt, client, proto);
    await takesSteps(attempt, client, proto);
  },
);

async function storesAndReads(attempt: SimulatedAttempt, client: GeneratedClient, proto: Proto): Promise<void> {
  const { random } = attempt;
  const acl = [
    { perms: 31, id: { scheme: 'world', id: 'anyone' } },
    { perms: 1 + random.integer(15), id: { scheme: 'ip', id: `10.0.0.${random.integer(256)}` } },
  ];
  const datas = [Buffer.from(`batch=${random.integer(1000)}`), Buffer.alloc(0), null];
  for (const [index, data] of datas.entries()) {
    const path = `/payout${index}`;
    const created = await client.call(OpCode.create, proto.CreateRequest, { path, data, acl, flags: 0 });
    attempt.equal(created.outcome, 'OK', 'the answer');
    attempt.equal(proto.CreateResponse.read(created.body), { path }, 'the CreateResponse');
    const got = await client.call(OpCode.getData, proto.GetDataRequest, { path, watch: false });
    const response = proto.GetDataResponse.read(got.body);
    attempt.equal(response.data, data, 'the data in the GetDataResponse');
    const { stat } = response;
    attempt.equal([stat.dataLength, stat.version], [data?.length ?? 0, 0], 'dataLength and version in its stat');
    attempt.equal([typeof stat.ctime, typeof stat.czxid], ['number', 'bigint'], 'the types of its ctime and czxid');
    const rights = await client.call(OpCode.getACL, proto.GetACLRequest, { path });
    attempt.equal(proto.GetACLResponse.read(rights.body).acl, acl, 'the acl in the GetACLResponse');
  }
  const list = await client.call(OpCode.getChildren2, proto.GetChildren2Request, { path: '/', watch: false });
  const { children } = proto.GetChildren2Response.read(list.body);
  attempt.equal(children?.toSorted(), ['payout0', 'payout1', 'payout2', 'zookeeper'], 'the children of /');
  const nobody = await client.call(OpCode.exists, proto.ExistsRequest, { path: '/nobody', watch: true });
  attempt.equal(nobody.outcome, 'NoNode', 'the answer');
}

async function takesSteps(attempt: SimulatedAttempt, client: GeneratedClient, proto: Proto): Promise<void> {
  const steps = [
    { type: OpCode.setData, write: proto.SetDataRequest.write, record: { path: '/payout0', data: null, version: 0 } },
    { type: OpCode.check, write: proto.CheckVersionRequest.write, record: { path: '/payout0', version: 1 } },
    { type: OpCode.delete, write: proto.DeleteRequest.write, record: { path: '/payout1', version: -1 } },
  ];
  const { outcome, body } = await client.send(OpCode.multi, 'three steps', (archive) =>
    writeSteps(
      archive,
      steps,
      () => -1,
      ({ write, record }) => write(archive, record as never),
    ),
  );
  attempt.equal(outcome, 'OK', 'the answer');
  const results = readSteps<unknown>(body, (type) => {
    return type === OpCode.setData ? proto.SetDataResponse.read(body).stat.version : type;
  });
  attempt.equal(results, [1, OpCode.check, OpCode.delete], 'what became of the three steps');
  const after = await client.call(OpCode.exists, proto.ExistsRequest, { path: '/payout0', watch: false });
  attempt.equal(proto.ExistsResponse.read(after.body).stat.dataLength, 0, 'dataLength of /payout0, after them');
}
