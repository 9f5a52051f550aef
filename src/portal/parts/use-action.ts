import type { DocumentInput, AnyVariables } from '@urql/core';
import { useState } from 'react';
import { useMutation } from 'urql';
import { sentenceOf } from '../graphql/client';
import { asFault, type UserFault } from './states/faults';

/**
 * A mutation with what it found wrong, ready to be shown.
 * @param changes types that what it answers does not tell of: their queries are asked again
 */
export function useAction<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
  changes: readonly string[] = [],
) {
  const [{ fetching }, execute] = useMutation<Data, Variables>(document);
  const [faults, setFaults] = useState<readonly UserFault[]>([]);

  /** @returns what the mutation answers, or undefined when there are faults */
  async function run<Payload extends { userErrors: readonly UserFault[] }>(
    variables: Variables,
    pick: (data: Data) => Payload,
  ): Promise<Payload | undefined> {
    setFaults([]);
    const { data, error } = await execute(variables, { additionalTypenames: [...changes] });
    const payload = data === undefined ? undefined : pick(data);
    const found = error ? [asFault(sentenceOf(error))] : (payload?.userErrors ?? []);
    setFaults(found);
    return found.length === 0 ? payload : undefined;
  }

  return { run, faults, setFaults, isRunning: fetching };
}
