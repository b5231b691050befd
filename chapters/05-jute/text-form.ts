/**
 * A record as one line of text, the way Apache's logs and tools show it: the fields in order, with commas.
 *
 *     boolean     T, F
 *     number      decimal; a float or double always with a point
 *     ustring     ' and the text; NUL, line feed, return, comma, } and % as %00 %0A %0D %2C %7D %25
 *     buffer      # and the bytes, each in hex
 *     vector      v{…}
 *     map         m{key,value,…}
 *     record      s{…}; the outermost has no braces and ends the line
 *
 * It is for the eye only. Null and empty look alike, and the bytes run into each other: one below 16 has a single
 * digit, and one above 127 has eight, because Java takes it for a negative number.
 */
import type { FieldType, PrimitiveType, RecordType } from '#04-serialization/record-type.js';
import { compareKeys, type MapKey } from '#05-jute/elements.js';

/**
 * @returns the line, with its line feed
 * @apache org.apache.jute.ToStringOutputArchive
 */
export function textForm<T>(type: RecordType<T>, record: T): string {
  return `${fieldsText(type, record)}\n`;
}

function fieldsText(type: Pick<RecordType<unknown>, 'fields'>, record: unknown): string {
  const values = record as Readonly<Record<string, unknown>>;
  return type.fields.map((field) => valueText(field.type, values[field.name])).join(',');
}

function valueText(type: FieldType, value: unknown): string {
  if (typeof type === 'string') return PRIMITIVE_TEXT[type](value as never);
  if ('record' in type) return `s{${fieldsText(type.record(), value)}}`;
  if ('vector' in type) {
    const elements = (value as readonly unknown[] | null) ?? [];
    return `v{${elements.map((element) => valueText(type.vector, element)).join(',')}}`;
  }
  const [keyType, valueType] = type.map;
  const entries = [...(value as ReadonlyMap<MapKey, unknown>)].sort(([a], [b]) => compareKeys(a, b));
  return `m{${entries.flatMap(([key, mapped]) => [valueText(keyType, key), valueText(valueType, mapped)]).join(',')}}`;
}

const PRIMITIVE_TEXT: Readonly<Record<PrimitiveType, (value: never) => string>> = {
  byte: (value: number) => String(value),
  boolean: (value: boolean) => (value ? 'T' : 'F'),
  int: (value: number) => String(value),
  long: (value: bigint | number) => String(value),
  float: (value: number) => floatingPointText(Math.fround(value)),
  double: floatingPointText,
  ustring: stringText,
  buffer: bufferText,
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '%00',
  '\n': '%0A',
  '\r': '%0D',
  ',': '%2C',
  '}': '%7D',
  '%': '%25',
};

function stringText(value: string | null): string {
  if (value === null) return '';
  return `'${value.replace(/[\0\n\r,}%]/g, (character) => ESCAPES[character] as string)}`;
}

function bufferText(value: Uint8Array | null): string {
  if (value === null || value.length === 0) return '';
  return `#${Array.from(value, (byte) => (((byte << 24) >> 24) >>> 0).toString(16)).join('')}`;
}

/**
 * As Java 19 and later print a double: plain from a thousandth up to ten million, else with an exponent, and never
 * with fewer than two digits.
 */
function floatingPointText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const shortest = value.toExponential();
  const [digits, exponent] = (shortest.includes('.') ? shortest : value.toExponential(1)).split('e');
  return `${digits}E${Number(exponent)}`;
}
