/**
 * What a .jute file says, once it is parsed:
 *
 *     file    :=  (include "file" | module)+
 *     module  :=  module name.name… { record+ }
 *     record  :=  class Name { (type name ;)+ }
 *     type    :=  byte | boolean | int | long | float | double | ustring | buffer
 *              |  vector<type>  |  map<type, type>  |  [module.]Name
 *
 * A type that names a record holds that record: names are resolved by the parser, so whoever has a schema can't find
 * a hole in it.
 */
import type { PrimitiveType } from '#04-serialization/record-type.js';
import type { Position } from '#05-jute/jute-error.js';

export interface Schema {
  readonly path: string;
  /** In the order of the file, each once. */
  readonly includes: readonly Schema[];
  readonly modules: readonly Module[];
}

export interface Module {
  /** With dots, such as `org.apache.zookeeper.data`. */
  readonly name: string;
  readonly comment: Comment;
  readonly records: readonly RecordDeclaration[];
}

export interface RecordDeclaration {
  readonly name: string;
  /** The name of its module. */
  readonly module: string;
  /** The file that it is declared in, and where its name is. */
  readonly path: string;
  readonly position: Position;
  readonly comment: Comment;
  /** At least one. Their order is the order of the bytes. */
  readonly fields: readonly FieldDeclaration[];
}

export interface FieldDeclaration {
  readonly name: string;
  /** Where its name is. */
  readonly position: Position;
  readonly type: Type;
  readonly comment: Comment;
}

export type Type =
  | { readonly kind: 'primitive'; readonly name: PrimitiveType }
  | { readonly kind: 'vector'; readonly element: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'record'; readonly record: RecordDeclaration };

/** Lines of text, without the signs of a comment around them. */
export type Comment = readonly string[];

/** The module and the name. No two records share it. */
export function qualifiedName(record: { readonly module: string; readonly name: string }): string {
  return `${record.module}.${record.name}`;
}
