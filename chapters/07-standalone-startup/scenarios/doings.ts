/** What a reader may do to a server and its clients. */
import { parseOperation } from '#07-standalone-startup/scenarios/operation-line.js';
import type { Stage } from '#07-standalone-startup/scenarios/scenario.js';
import type { ZooKeeper } from '#07-standalone-startup/simulated-server.js';

export type Action =
  /** The server's machine loses power, its process is killed, or it starts again. */
  | { readonly kind: 'crash' | 'kill' | 'restart' }
  /** A client's machine loses power, or a new program starts on it. */
  | { readonly kind: 'crash-client' | 'start-client'; readonly client: string }
  /**
   * The client's connection breaks. How much of what is under way still arrives is drawn; `redraws` are numbers drawn
   * before, for another outcome.
   */
  | { readonly kind: 'break'; readonly client: string; readonly redraws: number }
  | { readonly kind: 'partition' | 'heal'; readonly client: string }
  | { readonly kind: 'operation'; readonly client: string; readonly line: string }
  | { readonly kind: 'wait'; readonly durationMs: number };

const SERVER = 'server';

/**
 * @param client of the action, when it has one and that is connected
 * @returns what to wait for; it gives a line about what came of it, or none
 */
export function applyAction(action: Action, stage: Stage, client: ZooKeeper | undefined): Promise<string> | null {
  const { zoo } = stage;
  const { network } = zoo.simulation;
  switch (action.kind) {
    case 'crash':
      zoo.crash();
      return null;
    case 'kill':
      zoo.machine.kill();
      return null;
    case 'restart':
      return zoo.restart().then(() => '');
    case 'break':
      for (let i = 0; i < action.redraws; i++) network.random.integer(2);
      network.breakConnections(action.client, SERVER);
      return null;
    case 'partition':
      network.partition(action.client, SERVER);
      return null;
    case 'heal':
      network.heal(action.client, SERVER);
      return null;
    case 'crash-client':
      zoo.simulation.machine(action.client).crash();
      return null;
    case 'start-client': {
      const machine = zoo.simulation.machine(action.client);
      if (!machine.isRunning) machine.restart();
      return stage.connect(action.client).then(() => '');
    }
    case 'operation':
      return operate(action.client, action.line, stage, client);
    case 'wait':
      return stage.wait(action.durationMs).then(() => '');
  }
}

async function operate(name: string, line: string, stage: Stage, client: ZooKeeper | undefined): Promise<string> {
  const operation = parseOperation(line);
  if (client === undefined) throw new Error(`${name} is not connected`);
  return operation(client, (text) => stage.say(name, text));
}
