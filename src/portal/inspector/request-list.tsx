import { asHeaders } from '../deliveries/as-headers';
import { Icon } from '../parts/icon';
import { When } from '../parts/values/when';
import type { InspectedRequest } from './inspector-queries';
import { SIGNATURES } from './signature-words';

export function RequestList({
  requests,
  chosenId,
  onChoose,
}: {
  requests: readonly InspectedRequest[];
  chosenId: string | undefined;
  onChoose: (id: string) => void;
}) {
  return (
    <ol className="timeline" aria-label="Requests">
      {requests.map(({ id, method, path, headers, at, signature, answeredStatus }) => {
        const type = asHeaders(headers)['warren-event-type'];
        const { tone, icon, words } = SIGNATURES[signature];
        return (
          <li key={id}>
            <button
              type="button"
              className="timeline-item"
              aria-pressed={id === chosenId}
              onClick={() => onChoose(id)}
            >
              <span className={`knob tone-${tone}`}>
                <Icon name={icon} size={14} />
              </span>
              <span className="timeline-text">
                <span className="main-text cut">
                  {method} {path} {type !== undefined && <span className="side">{type}</span>}
                </span>
                <span className="side">
                  {words} · answered {answeredStatus} · <When at={at} />
                </span>
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
