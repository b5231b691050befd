/** How the handshake does when everybody comes at once, and a start over data with many sessions. */
import { type SessionId, zxid } from '#06-network-protocol/ids.js';
import {
  connectResponse,
  decideHandshake,
  firstSessionId,
  firstSessionIdAfter,
  nextSessionId,
  sessionPassword,
} from '#09-session-creation/session-handshake.js';
import { ratio, slope } from '../runner/bench-checks.js';

const START_MS = 1_767_225_600_000;
const CLIENTS = 500;

/** So many numbers, one after the other. */
function idsFrom(first: SessionId, count: number): SessionId[] {
  const ids = [first];
  while (ids.length < count) ids.push(nextSessionId(ids.at(-1) as SessionId));
  return ids;
}

export default [
  slope({
    gap: '09.2',
    name: 'a start takes time in proportion to the sessions that are open',
    invariant: 'Each session in the data is looked at once.',
    points: 2,
    of: 'sessions',
    sizes: [1000, 4000, 16_000],
    limit: 1.5,
    prepare: (size) => {
      const ids = idsFrom(firstSessionId(START_MS, 1), size);
      const sessionTimeoutsMs = new Map(ids.map((id) => [id, 30_000]));
      const history = { sessionTimeoutsMs, lastSessions: new Map(), lastTimeMs: 0 };
      return () => firstSessionIdAfter(history, START_MS, 1);
    },
  }),
  ratio({
    gap: '09.4',
    name: 'clients that all come back at once are answered in about the time of our answer',
    invariant: 'A handshake costs the same, however many sessions there are.',
    prepare: () => {
      const sessions = new Map(
        idsFrom(firstSessionId(START_MS, 1), CLIENTS).map((id) => [id, { id, timeoutMs: 30_000, isClosing: false }]),
      );
      const server = {
        lastZxid: zxid(5n),
        minSessionTimeoutMs: 4000,
        maxSessionTimeoutMs: 40_000,
        isReadOnly: false,
        session: (id: SessionId) => sessions.get(id),
      };
      const requests = [...sessions.keys()].map((id) => ({
        protocolVersion: 0,
        lastZxidSeen: zxid(5n),
        timeOut: 30_000,
        sessionId: id,
        passwd: sessionPassword(id),
        readOnly: false,
      }));
      return () => {
        for (const request of requests) {
          const decision = decideHandshake(request, server);
          connectResponse(decision.kind === 'resumed' ? decision.session : null, false);
        }
      };
    },
  }),
];
