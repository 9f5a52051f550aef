import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { framesOf, prefixOf } from '../../../../src/api/http/answer-frames';

/** Its types leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** What a client reads out of the bytes: ws's own reader. */
function read(bytes: Buffer): string[] {
  const messages: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(false);
    messages.push(data.toString());
  });
  receiver.write(bytes);
  return messages;
}

describe('the frames of answers', () => {
  it.each([0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 200_000])(
    'are read as they were meant, of %i bytes',
    (bytes) => {
      const body = 'x'.repeat(bytes);
      expect(read(framesOf(Buffer.from('p'), [Buffer.from(body), Buffer.from('ü')]))).toEqual([
        `p${body}`,
        'pü',
      ]);
    },
  );

  it('make one message each, under the id of their operation', () => {
    const id = 'an "id"\n';
    const [first, second] = read(framesOf(prefixOf(id), [Buffer.from('{"data":1}}'), Buffer.from('2}')]));
    expect(JSON.parse(first ?? '')).toEqual({ id, type: 'next', payload: { data: 1 } });
    expect(JSON.parse(second ?? '')).toEqual({ id, type: 'next', payload: 2 });
  });

  it('are nothing for nothing', () => {
    expect(framesOf(prefixOf('1'), [])).toHaveLength(0);
  });
});
