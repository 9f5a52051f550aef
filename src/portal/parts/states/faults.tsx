import { Notice } from './notice';

export interface UserFault {
  field: readonly string[] | null;
  code: string;
  message: string;
}

/** What the person can mend, said by the API; with the names of fields, since several may be wrong at once. */
export function Faults({ faults }: { faults: readonly UserFault[] }) {
  if (faults.length === 0) return null;
  return (
    <Notice role="alert" title="Please check">
      {faults.map(({ field, message }) => (
        <div key={`${field?.join('.') ?? ''} ${message}`}>
          {field && field.length > 0 ? <strong>{field.join('.')}: </strong> : null}
          <Sentences text={message} />
        </div>
      ))}
    </Notice>
  );
}

/** What is wrong in its first sentence; what helps to mend it is beside the point at first sight. */
function Sentences({ text }: { text: string }) {
  const [first = text, ...details] = text.split(/(?<=[.!?]) /);
  return (
    <>
      {first}
      <Details text={details.join(' ')} />
    </>
  );
}

const SHORT = 120;

function Details({ text }: { text: string }) {
  if (text === '') return null;
  if (text.length <= SHORT) return <span className="fault-details">{text}</span>;
  return (
    <details className="fault-details">
      <summary>More</summary>
      {text}
    </details>
  );
}

/** From what `useMutation` answered: the API's faults, or the failure as one. */
export const asFault = (message: string): UserFault => ({ field: null, code: 'FAILED', message });
