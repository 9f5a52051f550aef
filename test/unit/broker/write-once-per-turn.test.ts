import { Writable } from 'node:stream';
import { writeOncePerTurn } from '../../../src/broker/write-once-per-turn';

describe('writeOncePerTurn', () => {
  it('hands on what one turn writes together and in order, at its end', async () => {
    const calls: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        calls.push(chunk.toString());
        done();
      },
      writev(chunks, done) {
        calls.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString());
        done();
      },
    });
    writeOncePerTurn(stream);
    stream.write('a');
    stream.write('b');
    expect(calls).toEqual([]);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(calls).toEqual(['ab']);
    stream.write('c');
    stream.end('d');
    await new Promise((resolve) => stream.once('finish', resolve));
    expect(calls.join('')).toBe('abcd');
  });
});
