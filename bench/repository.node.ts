/** Where this checkout is, and how a child process runs its TypeScript. */
import { fileURLToPath } from 'node:url';

/** The root folder, with package.json. */
export const repository = fileURLToPath(new URL('..', import.meta.url));

/** Arguments of `node` that let it run a .ts file, when it is started in `repository`. */
export const TYPESCRIPT = ['--import', 'tsx'] as const;
