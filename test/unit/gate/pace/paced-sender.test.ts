import { makePacedSender } from '../../../../src/gate/pace/paced-sender';
import { waitUntil } from '../../../support/wait-until';

afterEach(() => jest.restoreAllMocks());

it('keeps its pace when the clock of the machine is set back', async () => {
  let wallMs = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => wallMs);
  const started: number[] = [];
  const sender = makePacedSender<number>((item) => started.push(item));
  sender.setRate(50, false);
  sender.send(1);
  wallMs -= 3_600_000;
  sender.send(2);
  sender.send(3);
  await waitUntil(() => started.length === 3, 2000);
  expect(started).toEqual([1, 2, 3]);
});
