import type { Answer } from '../../domain/delivery/outcome';
import { makeClientPool, type Client } from '../client-pool';
import type { ClientCertificate } from '../credential-types';
import type { DestinationRequest } from '../destination';
import { makeHttpDestination, type HttpDestination, type HttpDestinationOptions } from './http';

export interface MutualTls {
  /** With the client certificate of the request's credentials. */
  send(request: DestinationRequest): Promise<Answer>;
  close(): Promise<void>;
}

/** A connection shows one certificate, so each endpoint that has one gets connections of its own. */
export function makeMutualTls(options: HttpDestinationOptions): MutualTls {
  const pool = makeClientPool<HttpDestination & Client>(({ credentials }) => {
    const { certificate, privateKey } = credentials as ClientCertificate;
    const http = makeHttpDestination({ ...options, clientCertificate: { certificate, privateKey } });
    return Promise.resolve({ ...http, isOpen: () => true });
  });
  return {
    send: (request) => pool.use(request, (http) => http.send(request)),
    close: () => pool.close(),
  };
}
