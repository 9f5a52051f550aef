/** A batch of records as a producer sends it (message format 2), read by the protocol's description. */
export interface RecordBatch {
  producerId: bigint;
  baseSequence: number;
  records: KafkaRecord[];
}

export interface KafkaRecord {
  key: string | null;
  value: string;
  headers: Record<string, string>;
}

const ATTRIBUTES_AT = 21;
const RECORDS_AT = 61;

/** Throws when it is not a sound batch. */
export function readRecordBatch(batch: Buffer): RecordBatch {
  if (batch.readInt32BE(8) !== batch.length - 12) throw new Error('the length of the batch is wrong');
  if (batch.readInt8(16) !== 2) throw new Error('the batch has another format');
  if (batch.readUInt32BE(17) !== crc32c(batch.subarray(ATTRIBUTES_AT))) throw new Error('the CRC is wrong');
  const reader = makeReader(batch, RECORDS_AT);
  const records = Array.from({ length: batch.readInt32BE(57) }, () => readRecord(reader));
  return { producerId: batch.readBigInt64BE(43), baseSequence: batch.readInt32BE(53), records };
}

type Reader = ReturnType<typeof makeReader>;

function makeReader(bytes: Buffer, from: number) {
  let at = from;
  function varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
  return {
    varint,
    skip: (count: number) => void (at += count),
    text(): string | null {
      const length = varint();
      return length < 0 ? null : bytes.toString('utf8', at, (at += length));
    },
  };
}

function readRecord(reader: Reader): KafkaRecord {
  reader.varint(); // its length
  reader.skip(1); // attributes
  reader.varint(); // time since the batch's first
  reader.varint(); // offset since the batch's first
  const [key, value] = [reader.text(), reader.text() ?? ''];
  const count = reader.varint();
  const headers = Array.from({ length: count }, () => [reader.text() ?? '', reader.text() ?? '']);
  return { key, value, headers: Object.fromEntries(headers) as Record<string, string> };
}

/** Castagnoli's polynomial, reversed. */
function crc32c(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
