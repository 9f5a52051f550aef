import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '../../runtime/logger';
import type { Authenticator } from '../authenticate';
import { makeContext, type Api } from '../context';
import type { KnownDocuments } from '../documents/known-documents';
import { makeSubscribe } from '../live/subscribe';
import { presentAll, requestError, type PresentError } from '../request-errors';
import type { RequestLimits } from '../request-limits';
import type { Origin } from './client-address';
import { credentialsOfInit } from './credentials';
import { MAX_BODY_BYTES, readJson } from './json-body';
import { isAllowedOrigin } from './origins';
import { makePlaces, type Places } from './places';
import { makeRecheck } from './recheck-sessions';
import type { Session } from './session';
import { prepare } from './socket-operations';
import { makeOutflow } from './socket-outflow';

export const CLOSE_CODES = {
  ...{ forbidden: 4403, badRequest: 4400, tooMany: 4429, tooSlow: 4429 },
  ...{ goingAway: 1001, tryAgainLater: 1013 },
} as const;

export interface SocketNeeds {
  path: string;
  schema: GraphQLSchema;
  api: Api;
  authenticator: Authenticator;
  documents: KnownDocuments;
  requestLimits: RequestLimits;
  originOf: (request: IncomingMessage) => Origin;
  presentError: PresentError;
  corsOrigins: readonly string[];
  log: Pick<Logger, 'warn'>;
  limits?: Partial<typeof SOCKET_LIMITS>;
}

export const SOCKET_LIMITS = {
  sockets: 5000,
  /** Nobody takes all of them: neither who has no key, nor who has one. */
  socketsOfAddress: 2000,
  socketsOfKey: 2000,
  operationsPerSocket: 50,
  /** What may wait for one client; no more is made for it until it has read that. */
  bufferedBytes: 1024 * 1024,
  /** How long it may take to. A client that is slower than that is let go, and resumes with `after`. */
  stalledMs: 10_000,
  pingEveryMs: 12_000,
  /** With what authentication remembers for a second, a revoked key is out within two. */
  recheckEveryMs: 800,
  /** How long a closed socket may take to read what was sent before the close. */
  closeWithinMs: 5000,
};

/** graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md) on the path of the API. */
export function makeSockets(needs: SocketNeeds) {
  const limits = { ...SOCKET_LIMITS, ...needs.limits };
  const sessions = new Set<Session>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });
  const addresses = makePlaces(limits.socketsOfAddress);
  const protocol = makeProtocol(needs, limits.operationsPerSocket, makePlaces(limits.socketsOfKey));

  function close({ socket, end }: Session, code: number, reason: string): void {
    socket.close(code, reason);
    // The close is only complete when the client has read all that was sent before it; nothing is made for it until then.
    end?.(code, reason);
    // A client that does not read never sees the close.
    setTimeout(() => socket.terminate(), limits.closeWithinMs).unref();
  }

  server.on('connection', (socket, request) => {
    const outflow = makeOutflow(socket, request.socket, limits, () =>
      close(session, CLOSE_CODES.tooSlow, 'too slow; resume with after'),
    );
    const origin = needs.originOf(request);
    const place = addresses.take(origin.address ?? '');
    const session: Session = { socket, outflow, origin, isAlive: true, places: place ? [place] : [] };
    sessions.add(session);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => outflow.send(text),
        close: (code, reason) => close(session, code ?? 1000, reason ?? ''),
        onMessage(handle) {
          socket.on('message', (bytes: Buffer) => {
            const read = readJson(bytes);
            // Parsed here, so that numbers keep their digits; graphql-ws takes what is no text as it is.
            const handled = read.ok ? handle(read.value as string) : Promise.reject(new Error(read.reason));
            handled.catch((err: unknown) => {
              needs.log.warn({ err }, 'socket.message-failed');
              close(session, CLOSE_CODES.badRequest, 'Invalid message received');
            });
          });
        },
      },
      { session, close: (code, reason) => close(session, code, reason) },
    );
    session.end = (code, reason) => {
      delete session.end;
      void closed(code, reason);
    };
    socket.on('pong', () => (session.isAlive = true));
    socket.on('error', (err) => needs.log.warn({ err }, 'socket.failed'));
    socket.once('close', (code, reason) => {
      sessions.delete(session);
      for (const giveBack of session.places) giveBack();
      session.end?.(code, reason.toString());
    });
    if (!place) close(session, CLOSE_CODES.tooMany, 'Too many connections from this address');
  });

  const pings = setInterval(() => {
    for (const session of sessions) {
      // Who still reads what came before the last ping has not seen it yet.
      const hasReadOn = session.outflow.hasReadOn();
      if (!session.isAlive && !hasReadOn) session.socket.terminate();
      session.isAlive = false;
      if (session.socket.readyState === session.socket.OPEN) session.socket.ping();
    }
  }, limits.pingEveryMs).unref();

  const recheckNow = makeRecheck(needs, sessions, (session) => {
    close(session, CLOSE_CODES.forbidden, 'Forbidden');
  });
  const rechecks = setInterval(() => void recheckNow(), limits.recheckEveryMs).unref();

  return {
    attach(httpServer: Server): void {
      httpServer.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        // Node hands over every upgrade once somebody listens; nobody else answers those of other paths.
        if ((request.url ?? '').split('?')[0] !== needs.path) {
          refuse(stream, '404 Not Found');
          return;
        }
        if (!isAllowedOrigin(request, needs.corsOrigins)) {
          refuse(stream, '403 Forbidden');
          return;
        }
        if (sessions.size >= limits.sockets) {
          refuse(stream, '503 Service Unavailable');
          return;
        }
        server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request));
      });
    },
    recheckNow,
    async close(): Promise<void> {
      clearInterval(pings);
      clearInterval(rechecks);
      for (const session of sessions) close(session, CLOSE_CODES.goingAway, 'Going away');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface SocketExtra {
  session: Session;
  close: (code: number, reason: string) => void;
}

function makeProtocol(needs: SocketNeeds, operationsPerSocket: number, keys: Places) {
  const { schema, api, authenticator, presentError, requestLimits } = needs;
  return makeServer<Record<string, unknown>, SocketExtra>({
    async onConnect({ connectionParams, extra: { session, close } }) {
      const credentials = credentialsOfInit(connectionParams, session.origin.address);
      const authentication = await authenticator.authenticate(credentials);
      if (!authentication.ok) {
        const { reason } = authentication;
        if (reason === 'unavailable') close(CLOSE_CODES.tryAgainLater, 'Try again later');
        if (reason === 'rate-limited') close(CLOSE_CODES.tooMany, 'Too many wrong credentials');
        return false;
      }
      const { kind, id } = authentication.actor;
      const place = keys.take(`${kind} ${id}`);
      if (!place) {
        close(CLOSE_CODES.tooMany, 'Too many connections with this key');
        return false;
      }
      session.places.push(place);
      Object.assign(session, { credentials, authentication });
      return true;
    },
    onSubscribe({ extra: { session }, subscriptions }, id, payload) {
      if (Object.keys(subscriptions).length > operationsPerSocket) {
        return [
          requestError('RATE_LIMITED', `At most ${operationsPerSocket} operations at once on one socket.`),
        ];
      }
      if (!session.authentication) return [requestError('UNAUTHENTICATED')];
      const excess = requestLimits.takeOne(session.authentication);
      if (excess) return [excess];
      const prepared = prepare(needs, payload, session.authentication);
      if ('errors' in prepared) return prepared.errors;
      const { operationName, variables } = payload;
      const contextValue = makeContext(api, session.authentication, session.origin);
      const { document } = prepared;
      const tell = session.outflow.tellAs(id);
      return { schema, document, operationName, variableValues: variables, contextValue, tell };
    },
    subscribe: makeSubscribe(presentError) as never,
    onNext(_context, _id, _payload, _args, { data, errors }) {
      if (errors)
        return { data: data as Record<string, unknown> | null, errors: presentAll(errors, presentError) };
    },
    onError: (_context, _id, _payload, errors) => presentAll(errors, presentError),
  });
}

/** Node has let go of a connection that is to be upgraded: nobody else hears of its faults, or closes it. */
function refuse(stream: Duplex, status: string): void {
  // Its client may be gone before the answer is written. Unheard, that would end the process.
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
