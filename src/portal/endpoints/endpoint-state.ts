/** What people want to know first: an ACTIVE endpoint that is not sent to, since it only fails, is no good sign. */
export const stateOf = ({ status, health }: { status: string; health: { circuit: string } }): string =>
  status === 'ACTIVE' && health.circuit !== 'CLOSED' ? 'FAILING' : status;
