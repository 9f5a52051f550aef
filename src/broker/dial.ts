import { readFileSync } from 'node:fs';
import { connect, type ChannelModel } from 'amqplib';

export interface DialOptions {
  timeoutMs: number;
  /** Shown in the broker's list of connections. */
  name?: string;
}

/** Files that the url names, as RabbitMQ's URI query parameters do: https://www.rabbitmq.com/docs/uri-query-parameters */
const TLS_FILES = { ca: 'cacertfile', cert: 'certfile', key: 'keyfile' } as const;

/**
 * A connection as its url says. That of `amqps://` is TLS 1.2 or newer, and the broker's certificate is checked against
 * `cacertfile`, or the authorities that Node knows; no parameter turns that off. The files are read at each dial, so
 * that a renewed certificate counts from the next connection on.
 */
export function dialBroker(url: string, { timeoutMs, name }: DialOptions): Promise<ChannelModel> {
  return connect(withoutFiles(url), {
    // Without it, small frames wait for the peer's delayed ack: 44 ms for each publish and confirm.
    noDelay: true,
    keepAlive: true,
    timeout: timeoutMs,
    ...(name === undefined ? {} : { clientProperties: { connection_name: name } }),
    ...tlsOptions(url),
  });
}

function tlsOptions(url: string): object {
  const { protocol, searchParams } = new URL(url);
  if (protocol !== 'amqps:') return {};
  const files = Object.entries(TLS_FILES).flatMap(([option, parameter]) => {
    const path = searchParams.get(parameter);
    return path === null ? [] : [[option, readFileSync(path)]];
  });
  return { minVersion: 'TLSv1.2', ...(Object.fromEntries(files) as object) };
}

function withoutFiles(url: string): string {
  const parsed = new URL(url);
  for (const parameter of Object.values(TLS_FILES)) parsed.searchParams.delete(parameter);
  return parsed.toString();
}
