import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../graphql/graphql';
import { useViewer } from '../session/viewer';
import { wordsOf } from './endpoint-values';

const CATALOG_TYPES = graphql(`
  query CatalogTypes {
    eventTypes(first: 100) {
      nodes {
        name
        description
        archived
      }
    }
  }
`);

const RECENT_TYPES = graphql(`
  query RecentTypes {
    events(first: 100) {
      nodes {
        type
      }
    }
  }
`);

const MOST = 16;

/** Types of the catalog, then those that came lately, to be picked instead of typed. */
export function EventTypeChoices({
  chosen,
  onChange,
}: {
  chosen: string;
  onChange: (types: string) => void;
}) {
  const { may } = useViewer();
  const [{ data }] = useQuery({ query: RECENT_TYPES, pause: !may('events:read') });
  const [{ data: catalog }] = useQuery({ query: CATALOG_TYPES });
  const types = useMemo(
    () => choicesOf(catalog?.eventTypes.nodes ?? [], data?.events.nodes ?? []),
    [data, catalog],
  );
  const picked = wordsOf(chosen);
  if (types.length === 0) return null;
  return (
    <div className="pills choices" role="group" aria-label="Known types">
      {types.map(([type, description]) => {
        const isPicked = picked.includes(type);
        return (
          <button
            key={type}
            type="button"
            className="pill small"
            title={description || undefined}
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

interface CatalogType {
  name: string;
  description: string;
  archived: boolean;
}

/** Names with what they mean; archived ones take no new subscribers. */
function choicesOf(
  catalog: readonly CatalogType[],
  recent: readonly { type: string }[],
): [name: string, description: string][] {
  const known = new Set(catalog.map(({ name }) => name));
  const open = catalog.filter(({ archived }) => !archived);
  const seen = [...new Set(recent.map(({ type }) => type))].filter((type) => !known.has(type));
  const choices = [...open, ...seen.map((name) => ({ name, description: '' }))].slice(0, MOST);
  return choices
    .map(({ name, description }): [string, string] => [name, description])
    .sort(([one], [other]) => one.localeCompare(other));
}
