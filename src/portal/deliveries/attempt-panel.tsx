import { Group, Tabs } from '@mantine/core';
import { CodeBlock } from '../parts/values/code-block';
import { CopyTextButton } from '../parts/copy-button';
import { Notice } from '../parts/states/notice';
import { Panel } from '../parts/panel';
import { prettyJson } from '../parts/values/pretty-json';
import { exactWords, millisecondsWords } from '../parts/values/time-words';
import { asCurl } from './as-curl';
import { asHeaders } from './as-headers';
import type { Attempt } from './attempt-fields';
import { explain } from './why-it-failed';

/** One attempt: why it failed, what was sent, what came back. */
export function AttemptPanel({ attempt, url, title }: { attempt: Attempt; url: string; title?: string }) {
  const explanation = attempt.ok ? null : explain(attempt.error);
  const sent = asHeaders(attempt.requestHeaders);
  return (
    <Panel
      title={title ?? `Attempt ${attempt.number}`}
      actions={<CopyTextButton text={asCurl(url, sent, attempt.requestBody)} label="Copy as curl" />}
    >
      {explanation && (
        <Notice title={explanation.title}>
          {attempt.errorDetail !== null && <p>{attempt.errorDetail}</p>}
          <p>{explanation.advice}</p>
        </Notice>
      )}
      <Tabs defaultValue="response" keepMounted={false} mt={explanation ? 'sm' : 0}>
        <Tabs.List>
          <Tabs.Tab value="response">Response</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="response" pt="md">
          <Group gap="lg" mb="sm" className="side">
            <span>
              {attempt.responseStatus === null ? 'No answer' : `HTTP ${attempt.responseStatus}`} in{' '}
              {millisecondsWords(attempt.durationMs)}
            </span>
            <span>{exactWords(attempt.at).split('\n')[0]}</span>
          </Group>
          <Body
            label="Response body"
            text={attempt.responseBody}
            absent={attempt.responseStatus === null ? 'No answer came.' : 'The answer had no body.'}
          />
          <Headers headers={asHeaders(attempt.responseHeaders)} label="Response headers" />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="md">
          <p className="side request-line">
            <strong>POST</strong> {url}
          </p>
          <Body label="Request body" text={attempt.requestBody} absent="The body is no longer on record." />
          <Headers headers={sent} label="Request headers" />
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

function Body({ label, text, absent }: { label: string; text: string | null; absent: string }) {
  if (text === null || text === '') return <p className="side">{absent}</p>;
  return <CodeBlock label={label} text={prettyJson(text)} />;
}

function Headers({ headers, label }: { headers: Record<string, string>; label: string }) {
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  return (
    <table className="headers" aria-label={label}>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
