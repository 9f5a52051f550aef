/** Makes the payload of each change once, so that all who watch have the same one, and with it the same answer. */
export function makePayloadsOf<Change extends object, Payload>(
  make: (change: Change) => Payload,
): (changes: readonly Change[]) => Payload[] {
  const made = new WeakMap<Change, { payload: Payload }>();
  const payloadOf = (change: Change): Payload => {
    const known = made.get(change);
    if (known) return known.payload;
    const payload = make(change);
    made.set(change, { payload });
    return payload;
  };
  return (changes) => changes.map(payloadOf);
}
