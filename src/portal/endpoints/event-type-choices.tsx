import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../graphql/graphql';
import { useViewer } from '../session/viewer';
import { wordsOf } from './endpoint-values';

const RECENT_TYPES = graphql(`
  query RecentTypes {
    events(first: 100) {
      nodes {
        type
      }
    }
  }
`);

const MOST = 12;

/** Types that came lately, to be picked instead of typed. */
export function EventTypeChoices({
  chosen,
  onChange,
}: {
  chosen: string;
  onChange: (types: string) => void;
}) {
  const { may } = useViewer();
  const [{ data }] = useQuery({ query: RECENT_TYPES, pause: !may('events:read') });
  const types = useMemo(
    () => [...new Set(data?.events.nodes.map(({ type }) => type))].sort().slice(0, MOST),
    [data],
  );
  const picked = wordsOf(chosen);
  if (types.length === 0) return null;
  return (
    <div className="pills choices" role="group" aria-label="Seen lately">
      {types.map((type) => {
        const isPicked = picked.includes(type);
        return (
          <button
            key={type}
            type="button"
            className="pill small"
            aria-pressed={isPicked}
            onClick={() =>
              onChange((isPicked ? picked.filter((each) => each !== type) : [...picked, type]).join(', '))
            }
          >
            {type}
          </button>
        );
      })}
    </div>
  );
}
