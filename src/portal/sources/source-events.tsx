import { useQuery } from 'urql';
import { Link } from 'wouter';
import { Panel } from '../parts/panel';
import { useAgain } from '../parts/use-again';
import { When } from '../parts/values/when';
import { NEWEST_EVENTS } from './source-queries';

const SHOWN = 6;
const LOOK_EVERY_MS = 3000;

/** What came of its requests, among the newest events. */
export function SourceEvents({ prefix }: { prefix: string }) {
  const [{ data }, ask] = useQuery({ query: NEWEST_EVENTS });
  useAgain(LOOK_EVERY_MS, () => ask({ requestPolicy: 'network-only' }));
  if (!data) return null;
  const events = data.events.nodes.filter(({ type }) => type.startsWith(`${prefix}.`)).slice(0, SHOWN);
  return (
    <Panel title="Newest events" flush>
      {events.length === 0 && (
        <p className="side padded">
          None of the newest events is one of {prefix}.# yet. What the provider sends shows here at once.
        </p>
      )}
      <ul className="plain" aria-label="Newest events">
        {events.map(({ id, type, receivedAt }) => (
          <li key={id}>
            <Link to={`/events/${id}`} className="plain-row">
              <span className="main-text cut grow">{type}</span>
              <span className="side">
                <When at={receivedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
