import type { Client, Sink } from 'graphql-ws';
import {
  followFromNewest,
  type Following,
  type NewestPlace,
} from '../../../../src/portal/live/follow-from-newest';

jest.mock('@0no-co/graphql.web', () => ({ print: (text: string) => text }));

type Follow = Following<{ deliveryUpdated: { cursor: string } }, { after?: string }>;
const REFUSED = [{ message: 'There is no endpoint with this id.', extensions: { code: 'BAD_USER_INPUT' } }];

/** A server that knows its newest place, and answers each stream in turn. */
function follow(answers: ((sink: Sink) => void)[], told: Partial<Follow>) {
  const asked: (string | undefined)[] = [];
  const live = {
    subscribe({ variables }: { variables?: { after?: string } }, sink: Sink) {
      if (!variables) sink.next({ data: { deliveryUpdatedCursor: 'newest' } });
      else {
        asked.push(variables.after);
        answers[asked.length - 1]?.(sink);
      }
      return () => undefined;
    },
  } as unknown as Client;
  const document = 'updates' as unknown as Follow['document'];
  const newest = 'newest place' as unknown as NewestPlace;
  const stop = followFromNewest(live, newest, { document, onUpdate: () => undefined, ...told });
  return { asked, stop };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('says why it is refused from a place that it has only just asked for', () => {
  const reasons: string[] = [];
  const { asked, stop } = follow([(sink) => sink.error(REFUSED)], { onRefused: (why) => reasons.push(why) });
  jest.advanceTimersByTime(60_000);
  expect({ asked, reasons }).toEqual({ asked: ['newest'], reasons: ['There is no endpoint with this id.'] });
  stop();
});

it('asks for a new place when the one it has come to is past retention', () => {
  let missed = 0;
  const { asked, stop } = follow(
    [
      (sink) => {
        sink.next({ data: { deliveryUpdated: { cursor: 'later' } } });
        sink.error([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
      },
      (sink) => sink.error(REFUSED),
    ],
    { onMissed: () => missed++ },
  );
  jest.advanceTimersByTime(60_000);
  expect({ asked, missed }).toEqual({ asked: ['newest', 'later', 'newest'], missed: 1 });
  stop();
});
