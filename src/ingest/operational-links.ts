/** What of an operational event's data has a page of its own in the portal: the member, its link's name, the folder. */
const SUBJECTS = [
  ['endpointId', 'endpoint', 'endpoints'],
  ['deliveryId', 'delivery', 'deliveries'],
  ['eventId', 'event', 'events'],
] as const;

/**
 * Where a person goes on from an operational event (docs/decisions/0046): its own page, those of what it is about, where
 * the buttons are, and the guide's. Addresses only; whoever follows one signs in.
 */
export function operationalLinks(
  publicUrl: string,
  eventId: string,
  data: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const base = publicUrl.replace(/\/+$/, '');
  const links: Record<string, string> = { self: `${base}/portal/events/${eventId}` };
  for (const [member, name, folder] of SUBJECTS) {
    const id = data[member];
    if (typeof id === 'string') links[name] = `${base}/portal/${folder}/${id}`;
  }
  return { ...links, docs: `${base}/docs/guide/wire.html#operational-events` };
}
