import { Anchor, Button } from '@mantine/core';
import { useState } from 'react';
import { useConnection } from '../session/connection';
import { headersOf, type Session } from '../session/session';

/** The event types as documents for programs, and the page that shows how they are sent. */
export function ContractLinks() {
  const { session } = useConnection();
  const [fault, setFault] = useState(false);
  const take = (name: string) => () =>
    void download(session, name).then(
      () => setFault(false),
      () => setFault(true),
    );
  return (
    <>
      {fault && (
        <span role="alert" className="side">
          It could not be had.
        </span>
      )}
      <Button variant="default" onClick={take('openapi')}>
        OpenAPI
      </Button>
      <Button variant="default" onClick={take('asyncapi')}>
        AsyncAPI
      </Button>
      <Anchor href="/docs" target="_blank" rel="noopener" size="sm">
        How they are sent
      </Anchor>
    </>
  );
}

/** A link cannot carry the session’s credential. */
async function download(session: Session, name: string): Promise<void> {
  const response = await fetch(`/docs/${name}.json`, { headers: headersOf(session) });
  if (!response.ok) throw new Error(`the contract was refused: ${response.status}`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
