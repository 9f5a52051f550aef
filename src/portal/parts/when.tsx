import { Tooltip } from '@mantine/core';
import { useNow } from './clock';
import { countdownWords, exactWords, relativeWords } from './time-words';

/** How long ago, with the exact time when one points at it. */
export function When({ at }: { at: string }) {
  const now = useNow();
  return (
    <Tooltip label={exactWords(at)} withArrow multiline classNames={{ tooltip: 'pre' }}>
      <time dateTime={at} className="when">
        {relativeWords((Date.parse(at) - now) / 1000)}
      </time>
    </Tooltip>
  );
}

/** What is left until then, second by second. */
export function Countdown({ until }: { until: string }) {
  const now = useNow();
  const seconds = (Date.parse(until) - now) / 1000;
  return (
    <Tooltip label={exactWords(until)} withArrow multiline classNames={{ tooltip: 'pre' }}>
      <time dateTime={until} className="countdown">
        {seconds <= 0 ? 'any moment' : `in ${countdownWords(seconds)}`}
      </time>
    </Tooltip>
  );
}
