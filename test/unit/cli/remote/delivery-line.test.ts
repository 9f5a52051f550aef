import pc from 'picocolors';
import { deliveryLine, type LineOfDelivery } from '../../../../src/cli/remote/delivery-line';

const plain = pc.createColors(false);
const at = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
const attempt = { number: 2, durationMs: 14, ok: false, responseStatus: 500, error: 'HTTP_500' };
const base: LineOfDelivery = {
  ...{ at, status: 'RETRYING', type: 'order.placed', endpoint: 'Shop', attempt, heldBecause: null },
};
const line = (change: Partial<LineOfDelivery>): string => deliveryLine({ ...base, ...change }, plain);

describe('deliveryLine', () => {
  it('tells time, status, type, endpoint, attempt, HTTP status and milliseconds', () => {
    expect(line({})).toBe('03:04:05.006  RETRYING       order.placed → Shop  attempt 2  500  14 ms');
  });

  it('tells the reason when the HTTP status does not', () => {
    const timeout = { ...attempt, responseStatus: null, error: 'TIMEOUT' };
    expect(line({ attempt: timeout })).toMatch(/Shop {2}attempt 2 {2}TIMEOUT {2}14 ms$/);
  });

  it('tells what a delivery waits for', () => {
    expect(line({ status: 'HELD', attempt: null, heldBecause: 'PAUSED' })).toMatch(
      /HELD +order\.placed → Shop {2}waits: its endpoint is paused$/,
    );
  });

  it('lets no name take over the terminal', () => {
    expect(line({ endpoint: 'a\u001b[2Jb\rc\u202ed' })).toContain('→ a�[2Jb�c�d');
  });

  it('is coloured when it shall be', () => {
    expect(deliveryLine({ ...base, status: 'DELIVERED' }, pc.createColors(true))).toContain(
      '\u001b[32mDELIVERED',
    );
  });
});
