/** Over how many queues deliveries may be spread. */
export const MAX_SHARDS = 64;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The shard of an endpoint, from 0. The same in every process and version: FNV-1a, 32 bits, over the id's characters,
 * then mixed (murmur3's finalizer), as its low bits alone spread badly.
 */
export function shardOf(endpointId: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = FNV_OFFSET;
  for (let at = 0; at < endpointId.length; at++) {
    hash = Math.imul(hash ^ endpointId.charCodeAt(at), FNV_PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % shards;
}
