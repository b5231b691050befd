/** `zookeeper/data.jute` becomes `data.ts`. */
export function generatedFileName(schemaPath: string): string {
  return `${baseName(schemaPath)}.ts`;
}

/** The name of a file, without its folder and without `.jute`. */
export function baseName(schemaPath: string): string {
  return schemaPath.slice(schemaPath.lastIndexOf('/') + 1).replace(/\.jute$/, '');
}
