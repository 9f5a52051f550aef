import { connect as connectTcp, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { HttpDestinationOptions } from '../http/http';
import { BlockedAddressError } from '../outbound-policy';
import { makeFrameCheck } from './frame-check';

/** The library takes everything behind a first colon for the port, which an IPv6 address does not survive; no name has a %. */
const COLON = '%3a';
/** @param host as a URL has it, with brackets around IPv6 */
export const asBroker = (host: string, port: string | number): string =>
  `${host.replace(/^\[|\]$/g, '').replaceAll(':', COLON)}:${port}`;

/** A cluster tells where its other brokers are: each is dialled by the same rules as the one in the URL. */
export function makeGuardedSockets(
  { policy, certificateAuthorities }: HttpDestinationOptions,
  isTls: boolean,
): ISocketFactory {
  const ca = certificateAuthorities ? { ca: [...certificateAuthorities] } : {};
  return ({ host: written, port, onConnect }) => {
    const host = written.replaceAll(COLON, ':');
    if (isIP(host) !== 0 && !policy.isAllowedAddress(host)) return failed(new BlockedAddressError());
    const target = { host, port, lookup: policy.lookup, noDelay: true };
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = isTls
      ? connectTls({ ...target, ...name, ...ca, minVersion: 'TLSv1.2' }, onConnect)
      : connectTcp(target, onConnect);
    return withSoundFrames(socket);
  };
}

/** One that fails in place of being opened. */
function failed(error: Error): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(error));
  return socket;
}

/**
 * Lets through only what the library can read: of an answer that is too short it throws where nobody catches, and of
 * one that is too long it keeps what has come. What nobody asked for it reads for as long as it comes.
 */
function withSoundFrames(socket: Socket): Socket {
  let asked = 0;
  // The library writes each request at once.
  const write = socket.write.bind(socket) as (...parts: unknown[]) => boolean;
  socket.write = (...parts: unknown[]) => {
    asked++;
    return write(...parts);
  };
  const isSound = makeFrameCheck(() => asked);
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...parts: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...parts: unknown[]) => {
    if (event !== 'data' || isSound(parts[0] as Buffer)) return emit(event, ...parts);
    socket.destroy(Object.assign(new Error('the broker does not speak Kafka'), { code: 'EPROTO_KAFKA' }));
    return true;
  };
  return socket;
}
