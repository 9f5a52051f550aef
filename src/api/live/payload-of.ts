/** Makes the payload of a change once, so that all who watch have the same one, and with it the same answer. */
export function makePayloadOf<Change extends object, Payload>(
  make: (change: Change) => Payload,
): (change: Change) => Payload {
  const made = new WeakMap<Change, { payload: Payload }>();
  return (change) => {
    const known = made.get(change);
    if (known) return known.payload;
    const payload = make(change);
    made.set(change, { payload });
    return payload;
  };
}
