/**
 * Schemes of a service that is an API over HTTPS. With `+http` it goes without TLS: for a stand-in within one's own
 * network.
 */
export const webSchemes = (name: string): string[] => [`${name}:`, `${name}+http:`];

/** What is dialled for a URL of such a scheme: its host is that of the API. */
export const webUrl = (url: string): string =>
  url.replace(/^[a-z]+(\+http)?:/i, (_, plain?: string) => (plain ? 'http:' : 'https:'));
