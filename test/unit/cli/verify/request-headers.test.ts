import { signatureHeaders } from '../../../../src/cli/verify/request-headers';

const wanted = { id: 'dlv_1', timestamp: '1700000000', signature: 'v1,abc=' };

describe('signatureHeaders', () => {
  it('reads header lines as curl -v and browsers print them, whatever their case', () => {
    const text = [
      'POST /hook HTTP/1.1',
      'Webhook-Id: dlv_1',
      'WEBHOOK-TIMESTAMP:1700000000',
      'webhook-signature:  v1,abc= ',
      '',
    ].join('\r\n');
    expect(signatureHeaders({ lines: [], text })).toEqual(wanted);
  });

  it('reads a JSON object, with the timestamp as a number too', () => {
    const text =
      '{"Webhook-Id":"dlv_1","webhook-timestamp":1700000000,"webhook-signature":"v1,abc=","x":[1]}';
    expect(signatureHeaders({ lines: [], text })).toEqual(wanted);
  });

  it('prefers what is named by itself to a line, and a line to the file', () => {
    const text = 'webhook-id: from-file\nwebhook-timestamp: 1\nwebhook-signature: from-file';
    const lines = ['webhook-timestamp: 2', 'webhook-signature: from-line'];
    expect(signatureHeaders({ signature: 'named', lines, text })).toEqual({
      id: 'from-file',
      timestamp: '2',
      signature: 'named',
    });
  });

  it('says which are missing and how to give them', () => {
    expect(() => signatureHeaders({ lines: ['webhook-timestamp: 2'] })).toThrow(
      'webhook-id and webhook-signature are missing: give --id and --signature, or the headers with --header or --headers',
    );
    expect(() => signatureHeaders({ lines: [], text: '{"a":' })).toThrow(/look like JSON and are not/);
  });
});
