declare module 'kafkajs/src/broker/saslAuthenticator/scram.js' {
  const inside: { SCRAM: import('./bound-library').Scram };
  export default inside;
}
declare module 'kafkajs/src/protocol/decoder.js' {
  const Decoder: { prototype: import('./bound-library').Decoder };
  export default Decoder;
}
