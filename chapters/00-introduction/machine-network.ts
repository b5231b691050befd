/**
 * The network as the program on one simulated machine sees it. Machines go by their names; a machine also knows itself
 * as `localhost`, and listens on all its addresses whatever the host says.
 */
import { invariant } from '#00-introduction/invariant.js';
import type { MachineLife } from '#00-introduction/machine-life.js';
import { addressText, networkError } from '#00-introduction/network-error.js';
import { SimulatedConnection } from '#00-introduction/simulated-connection.js';
import type { SimulatedNetwork, SimulatedPort } from '#00-introduction/simulated-network.js';
import { SimulatedPipe } from '#00-introduction/simulated-pipe.js';
import type { Address, Connection, ConnectionHandler, Listener, Network } from '#00-introduction/world.js';

const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '::1'];
const ALL_ADDRESSES: readonly string[] = ['', '0.0.0.0', '::'];

export class MachineNetwork implements Network {
  private readonly network: SimulatedNetwork;
  private readonly life: MachineLife;

  constructor(network: SimulatedNetwork, life: MachineLife) {
    this.network = network;
    this.life = life;
  }

  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    const { life, network } = this;
    // A machine that has crashed waits for ever, like every call that was under way.
    if (life.isOver) return new Promise(() => {});
    const isOwn = ALL_ADDRESSES.includes(address.host) || this.machineAt(address.host) === life.name;
    const port = address.port === 0 ? network.freePort(life.name) : address.port;
    const entry: SimulatedPort = { life, accept };
    if (!isOwn || !network.bind(port, entry)) {
      const code = isOwn ? 'EADDRINUSE' : 'EADDRNOTAVAIL';
      return Promise.reject(networkError(code, `cannot listen on ${addressText(address)}`));
    }
    if (network.timeline.isWatched) network.timeline.emit({ kind: 'listen', machine: life.name, port });
    return Promise.resolve({
      address: { host: life.name, port },
      close: () => {
        network.unbind(port, entry);
        return Promise.resolve();
      },
    });
  }

  connect(address: Address, handler: ConnectionHandler): Connection {
    const { life, network } = this;
    const from = life.name;
    const to = this.machineAt(address.host);
    const peerMachine = to ?? address.host;
    const connection = new SimulatedConnection(network, life, 'connecting', {
      number: network.nextConnectionNumber(),
      local: { host: from, port: network.freePort(from) },
      remote: { host: peerMachine, port: address.port },
      peerMachine,
      incoming: new SimulatedPipe(network, peerMachine, from),
      outgoing: new SimulatedPipe(network, from, peerMachine),
    });
    connection.setHandler(handler);
    if (life.isOver) return connection;
    this.tell('connect', connection);
    const latencyMs = network.drawLatencyMs(from, peerMachine);
    if (to === null) {
      life.later(latencyMs, 'a host is not found', () => connection.fail('ENOTFOUND'));
    } else {
      const atMs = network.timeline.nowMs + latencyMs;
      network.carry(from, to, atMs, `${from} asks ${to} for a connection`, null, () => this.request(connection));
    }
    return connection;
  }

  /** The request has arrived. */
  private request(client: SimulatedConnection): void {
    if (!client.isConnecting) return;
    const { network, life } = this;
    const { peerMachine, remote } = client;
    const listener = network.listenerAt(peerMachine, remote.port);
    if (listener === undefined || network.random.chance(network.conditions.refuseChance)) {
      this.tell('refused', client);
      const atMs = network.timeline.nowMs + network.drawLatencyMs(peerMachine, life.name);
      network.carry(peerMachine, life.name, atMs, 'a connection is refused', life, () => client.fail('ECONNREFUSED'));
      return;
    }
    this.accept(client, listener);
  }

  /** The connection is open before the program hears of it, as in TCP. */
  private accept(client: SimulatedConnection, listener: SimulatedPort): void {
    this.tell('open', client);
    client.incoming.send('accepted');
    const server = new SimulatedConnection(this.network, listener.life, 'open', {
      number: client.number,
      local: client.remote,
      remote: client.local,
      peerMachine: this.life.name,
      incoming: client.outgoing,
      outgoing: client.incoming,
    });
    listener.life.later(0, `a connection from ${this.life.name} is accepted`, () => {
      if (server.isClosed) return;
      listener.accept(server);
      invariant('accepted-connection-has-a-handler', server.hasHandler || server.isClosed);
    });
  }

  private machineAt(host: string): string | null {
    if (LOOPBACK_HOSTS.includes(host)) return this.life.name;
    return this.network.hasMachine(host) ? host : null;
  }

  private tell(kind: 'connect' | 'refused' | 'open', connection: SimulatedConnection): void {
    const { timeline } = this.network;
    if (!timeline.isWatched) return;
    const { number, peerMachine, remote } = connection;
    timeline.emit({ kind, connection: number, from: this.life.name, to: peerMachine, port: remote.port });
  }
}
