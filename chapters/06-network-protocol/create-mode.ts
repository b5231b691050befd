/**
 * What kind of node a create request asks for: the `flags` of its record.
 *
 * @apache CreateMode
 */
export const CreateMode = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentWithTtl: 5,
  persistentSequentialWithTtl: 6,
} as const;

export type CreateMode = (typeof CreateMode)[keyof typeof CreateMode];

const known = new Set<number>(Object.values(CreateMode));

/** Whether a client's flags are one of the seven kinds. */
export const isCreateMode = (flags: number): flags is CreateMode => known.has(flags);

export const isEphemeral = (mode: CreateMode): boolean =>
  mode === CreateMode.ephemeral || mode === CreateMode.ephemeralSequential;

export const isSequential = (mode: CreateMode): boolean =>
  mode === CreateMode.persistentSequential ||
  mode === CreateMode.ephemeralSequential ||
  mode === CreateMode.persistentSequentialWithTtl;

export const isContainer = (mode: CreateMode): boolean => mode === CreateMode.container;

export const isTtl = (mode: CreateMode): boolean =>
  mode === CreateMode.persistentWithTtl || mode === CreateMode.persistentSequentialWithTtl;
