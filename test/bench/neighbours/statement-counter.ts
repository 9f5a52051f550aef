import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A wire to the database that sees every statement (MySQL client/server protocol, COM_QUERY). */
export interface StatementCounter {
  /** The database's url through it. */
  url: string;
  /** The statements of each transaction that was committed since the last call. */
  transactions(): string[][];
  close(): void;
}

const COM_QUERY = 3;
const HEADER_BYTES = 4;

export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const to = new URL(databaseUrl);
  let committed: string[][] = [];
  const server = createServer((client) => {
    const upstream = connect({
      host: to.hostname,
      port: Number(to.port === '' ? 3306 : to.port),
      noDelay: true,
    });
    client.setNoDelay(true);
    let open: string[] | undefined;
    const read = readStatements((text) => {
      if (text === 'start transaction') open = [];
      else if (text === 'commit' && open) committed.push(open);
      else open?.push(text);
      if (text === 'commit' || text === 'rollback') open = undefined;
    });
    client.on('data', read);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    transactions() {
      const seen = committed;
      committed = [];
      return seen;
    },
    close: () => void server.close(),
  };
}

/** Packets are three bytes of length, one of sequence (0: a command), then the body. */
function readStatements(seen: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const bytes = rest.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : rest.readUIntLE(0, 3);
      if (rest.length < HEADER_BYTES + bytes) return;
      if (rest[3] === 0 && rest[HEADER_BYTES] === COM_QUERY) {
        seen(rest.toString('latin1', HEADER_BYTES + 1, HEADER_BYTES + bytes));
      }
      rest = rest.subarray(HEADER_BYTES + bytes);
    }
  };
}
