/**
 * How far a signed time may be from now, either way. Standard Webhooks leaves it to the receiver; its own libraries and
 * every provider that signs a time use five minutes.
 */
export const SIGNATURE_TOLERANCE_SECONDS = 300;
