import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServer {
  port: number;
  close(): Promise<void>;
}

/** A server of one test's own: JetStream over TLS, for one user. Needs `nats-server` on the path. */
export async function startNatsServer(options: {
  cert: string;
  key: string;
  username: string;
  password: string;
}): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'nats-'));
  const port = await freePort();
  await writeFile(join(folder, 'cert.pem'), options.cert);
  await writeFile(join(folder, 'key.pem'), options.key);
  const settings = `listen: "127.0.0.1:${port}"
jetstream { store_dir: "${folder}" }
tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }
authorization { user: "${options.username}", password: "${options.password}" }
`;
  await writeFile(join(folder, 'server.conf'), settings);
  const server = spawn('nats-server', ['-c', join(folder, 'server.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`nats-server ended with ${code}`)));
    server.stderr.on('data', (text: Buffer) => {
      if (text.includes('Server is ready')) resolve();
    });
  });
  return {
    port,
    async close() {
      server.kill();
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
