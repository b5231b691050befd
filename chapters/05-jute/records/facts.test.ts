/** Every record has the fields that the facts give, in their order: the wire has nothing else to tell them apart by. */
import { expect, test } from 'vitest';
import type { FieldType, RecordType } from '#04-serialization/record-type.js';
import * as data from '#05-jute/records/data.js';
import * as persistence from '#05-jute/records/persistence.js';
import * as proto from '#05-jute/records/proto.js';
import * as quorum from '#05-jute/records/quorum.js';
import * as txn from '#05-jute/records/txn.js';
import { readFacts } from '#testing/facts.node.js';
import { proves } from '#testing/proves.js';

const modules: Readonly<Record<string, Readonly<Record<string, RecordType<unknown>>>>> = {
  data,
  proto,
  'server.quorum': quorum,
  'server.persistence': persistence,
  txn,
};

/**
 * `long a, b, int c` as pairs: a type holds until the next one. The brackets stand around what may be missing on the wire:
 * the handshake deals with that.
 */
function fieldsIn(text: string): string[] {
  let type = '';
  return text
    .replace(/[[\]]/g, '')
    .replace(/ \([^)]*\)/g, '')
    .split(', ')
    .map((field) => {
      const [first = '', second] = field.split(' ');
      if (second !== undefined) type = first;
      return `${type} ${second ?? first}`;
    });
}

function nameOf(type: FieldType): string {
  if (typeof type === 'string') return type;
  if ('vector' in type) return `vector<${nameOf(type.vector)}>`;
  if ('map' in type) return `map<${type.map.map(nameOf).join(', ')}>`;
  return type.record().name;
}

const rows = [...readFacts().values()]
  .filter(({ id }) => id.startsWith('JR-'))
  .map(({ id, text }) => ({ id, cells: text.split(' · ') }));

test.each(rows)('$id: $cells', ({ id, cells: [module = '', name = '', fields = ''] }) => {
  const record = modules[module]?.[name];
  expect(record?.fields.map((field) => `${nameOf(field.type)} ${field.name}`)).toEqual(fieldsIn(fields));
  proves(id);
});

test('there are no other records', () => {
  const known = Object.entries(modules).flatMap(([module, records]) =>
    Object.keys(records).map((name) => `${module} ${name}`),
  );
  expect(known.sort()).toEqual(rows.map(({ cells: [module, name] }) => `${module} ${name}`).sort());
  expect(rows).toHaveLength(72);
});
