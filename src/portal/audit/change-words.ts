const DONE: Record<string, string> = {
  Answer: 'answered',
  Archive: 'archived',
  Cancel: 'cancelled',
  Create: 'created',
  Delete: 'deleted',
  Open: 'opened',
  Pause: 'paused',
  Publish: 'published',
  Resume: 'resumed',
  Retry: 'retried',
  Revoke: 'revoked',
  Rotate: 'rotated',
  Test: 'tested',
  Update: 'changed',
  Upsert: 'saved',
};

/** A mutation as what it did: "Endpoint created" for endpointCreate. */
export function changeWords(action: string): string {
  const parts = action.split(/(?=[A-Z])/);
  const verb = parts.pop() ?? '';
  const words = [...parts.map((part) => part.toLowerCase()), DONE[verb] ?? verb.toLowerCase()].join(' ');
  return words.replace(/^api\b/, 'API').replace(/^\w/, (letter) => letter.toUpperCase());
}

const PAGES: Record<string, string> = {
  ep: 'endpoints',
  src: 'sources',
  ins: 'inspector',
  dlv: 'deliveries',
  evt: 'events',
};

/** The page of what has this id, when it is one that has a page. */
export function pageOf(id: string): string | undefined {
  const folder = PAGES[id.split('_')[0] ?? ''];
  return folder === undefined ? undefined : `/${folder}/${id}`;
}
