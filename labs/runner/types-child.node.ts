/** Checks the types in a process of its own, while the checks get ready. */
import { allLabs, labNamed, Workspace } from './project.node.js';
import { checkTypes } from './types-layer.node.js';

const [root = '', folder = '', ...conditions] = process.argv.slice(2);
const lab = labNamed(await allLabs(root), folder);
process.send?.({ obstacle: checkTypes(new Workspace(root), lab, conditions) });
