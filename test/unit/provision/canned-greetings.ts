/** What a broker or a database says first, built by hand from the protocols' descriptions. */

/** connection.start with server-properties of many types; `clusterName` last, so that all others are passed over. */
export function connectionStart(clusterName: string | null): Buffer {
  const name = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const longText = (text: string) => Buffer.concat([uint32(text.length), Buffer.from(text)]);
  const field = (key: string, type: string, value: Buffer) =>
    Buffer.concat([name(key), Buffer.from(type), value]);
  const table = (...fields: Buffer[]) => {
    const all = Buffer.concat(fields);
    return Buffer.concat([uint32(all.length), all]);
  };
  const properties = table(
    field('capabilities', 'F', table(field('basic.nack', 't', Buffer.from([1])))),
    field('started', 'T', Buffer.alloc(8)),
    field('limit', 'I', Buffer.alloc(4)),
    field('ratio', 'd', Buffer.alloc(8)),
    field('list', 'A', table(field('', 'V', Buffer.alloc(0)))),
    field('version', 'S', longText('3.10.8')),
    ...(clusterName === null ? [] : [field('cluster_name', 'S', longText(clusterName))]),
  );
  const method = Buffer.concat([
    Buffer.from([0, 10, 0, 10, 0, 9]),
    properties,
    longText('PLAIN AMQPLAIN'),
    longText('en_US'),
  ]);
  return Buffer.concat([Buffer.from([1, 0, 0]), uint32(method.length), method, Buffer.from([0xce])]);
}

/** The first packet of protocol version 10; what follows the version is zeros here. */
export function mysqlHandshake(version: string): Buffer {
  const payload = Buffer.concat([Buffer.from([10]), Buffer.from(`${version}\0`), Buffer.alloc(60)]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
