import { Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useNow } from './clock';
import { countdownWords, exactWords, relativeWords } from './time-words';

/** How long ago, with the exact time when one points at it. */
export function When({ at }: { at: string }) {
  const now = useNow();
  return <Exact at={at} className="when" words={relativeWords((Date.parse(at) - now) / 1000)} />;
}

/** What is left until then, second by second. */
export function Countdown({ until }: { until: string }) {
  const now = useNow();
  const seconds = (Date.parse(until) - now) / 1000;
  const words = seconds <= 0 ? 'any moment' : `in ${countdownWords(seconds)}`;
  return <Exact at={until} className="countdown" words={words} />;
}

/** The tooltip is made when somebody points at it: one in each row is a good part of what a long list costs to scroll. */
function Exact({ at, className, words }: { at: string; className: string; words: string }) {
  const [isPointedAt, setPointedAt] = useState(false);
  const time = (
    <time
      dateTime={at}
      className={className}
      onPointerEnter={() => setPointedAt(true)}
      onPointerLeave={() => setPointedAt(false)}
    >
      {words}
    </time>
  );
  if (!isPointedAt) return time;
  return (
    <Tooltip opened label={exactWords(at)} withArrow multiline classNames={{ tooltip: 'pre' }}>
      {time}
    </Tooltip>
  );
}
