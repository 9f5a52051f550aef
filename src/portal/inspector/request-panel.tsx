import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { asHeaders } from '../deliveries/as-headers';
import { CodeBlock } from '../parts/values/code-block';
import { Notice } from '../parts/states/notice';
import { Panel } from '../parts/panel';
import { prettyJson } from '../parts/values/pretty-json';
import { exactWords } from '../parts/values/time-words';
import type { InspectedRequest } from './inspector-queries';
import { SIGNATURES } from './signature-words';

const DELIVERY = /^dlv_[0-9a-z]{26}$/;

/** One request: whether it is genuine, and all that came with it. */
export function RequestPanel({ request }: { request: InspectedRequest }) {
  const { method, path, at, body, bodyBase64, bodyBytes, signature } = request;
  const headers = asHeaders(request.headers);
  const { tone, words, advice } = SIGNATURES[signature];
  const webhookId = headers['webhook-id'] ?? '';
  return (
    <Panel title={`${method} ${path}`}>
      <Notice tone={tone === 'wait' ? 'info' : tone} title={words.charAt(0).toUpperCase() + words.slice(1)}>
        <p>{advice}</p>
      </Notice>
      <div className="gap" />
      <p className="side request-line">
        {exactWords(at).split('\n')[0]}, {bodyBytes.toLocaleString()} bytes
        {DELIVERY.test(webhookId) && (
          <>
            {', '}
            <Anchor component={Link} to={`/deliveries/${webhookId}`} size="sm">
              see the delivery
            </Anchor>
          </>
        )}
      </p>
      <RequestBody text={body} base64={bodyBase64} />
      <table className="headers" aria-label="Request headers">
        <tbody>
          {Object.entries(headers).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function RequestBody({ text, base64 }: { text: string | null; base64: string }) {
  if (base64 === '') return <p className="side">It had no body.</p>;
  if (text === null) return <CodeBlock label="Request body in base64" text={base64} />;
  return <CodeBlock label="Request body" text={prettyJson(text)} />;
}
