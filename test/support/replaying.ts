import type { TenantUnderTest, UserError } from './tenant-under-test';
import { waitUntil } from './wait-until';

export interface SeenReplay {
  id: string;
  status: string;
  total: number;
  done: number;
  skipped: number;
  error: string | null;
  finishedAt: string | null;
}

const REPLAY = 'id status total done skipped error finishedAt';

/** Asks for a replay; fails on userErrors. */
export async function replayOf(tenant: TenantUnderTest, input: object): Promise<SeenReplay> {
  const { replay, userErrors } = await askForReplay(tenant, input);
  if (!replay) throw new Error(JSON.stringify(userErrors));
  return replay;
}

export async function askForReplay(
  { client }: Pick<TenantUnderTest, 'client'>,
  input: object,
): Promise<{ replay: SeenReplay | null; userErrors: UserError[] }> {
  const { replayCreate } = await client.ask<{
    replayCreate: { replay: SeenReplay | null; userErrors: UserError[] };
  }>(
    `mutation ($input: ReplayInput!) {
      replayCreate(input: $input) { replay { ${REPLAY} } userErrors { field code message } }
    }`,
    { input },
  );
  return replayCreate;
}

export async function seeReplay(
  { client }: Pick<TenantUnderTest, 'client'>,
  id: string,
): Promise<SeenReplay> {
  const { replay } = await client.ask<{ replay: SeenReplay }>(
    `query ($id: ID!) { replay(id: $id) { ${REPLAY} } }`,
    { id },
  );
  return replay;
}

/** As it is once it has ended. */
export async function endOf(tenant: TenantUnderTest, id: string, timeoutMs = 20_000): Promise<SeenReplay> {
  await waitUntil(async () => (await seeReplay(tenant, id)).status !== 'RUNNING', timeoutMs);
  return seeReplay(tenant, id);
}
