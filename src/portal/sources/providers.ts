import type { ResultOf } from 'gql.tada';
import type { SOURCES } from './source-queries';

export type Provider = ResultOf<typeof SOURCES>['sourcesConnection']['nodes'][number]['provider'];

/** What somebody needs to know to connect one provider; docs/guides/receive-from-providers.md says the same at length. */
export interface ProviderGuide {
  name: string;
  /** Two letters in place of a logo. */
  mark: string;
  /** What it tells of. */
  about: string;
  secret: {
    label: string;
    placeholder: string;
    help: string;
    /** Where it is from: shown once the provider has the address, there before, or thought up by whoever connects them. */
    from: 'shown-later' | 'there-before' | 'made-up';
  };
  /** Where to go at the provider, and what to do there. */
  steps: [where: string, what: string][];
  /** An event's type, without the source's prefix. */
  example: string;
  note?: string;
}

export const PROVIDERS: Record<Provider, ProviderGuide> = {
  STRIPE: {
    name: 'Stripe',
    mark: 'St',
    about: 'Payments, invoices, subscriptions',
    secret: {
      label: 'Signing secret of the endpoint',
      placeholder: 'whsec_…',
      help: 'Stripe shows it once the endpoint is made there. It is not an API key.',
      from: 'shown-later',
    },
    steps: [
      ['Developers › Webhooks › Add destination', 'in the Stripe dashboard. Choose the events.'],
      ['Webhook endpoint', 'as the destination; paste the address above as Endpoint URL.'],
      ['Signing secret', 'Stripe shows it then (whsec_…). Give it to Warren on this page.'],
    ],
    example: 'payment_intent.succeeded',
    note: 'When you roll the secret at Stripe, let the old one live for a while, and give the new one here meanwhile.',
  },
  GITHUB: {
    name: 'GitHub',
    mark: 'GH',
    about: 'Pushes, issues, pull requests',
    secret: {
      label: 'Secret',
      placeholder: 'a long random text',
      help: 'The same text here and at GitHub.',
      from: 'made-up',
    },
    steps: [
      ['Settings › Webhooks › Add webhook', 'in the repository, the organisation or the app.'],
      ['Payload URL', 'paste the address above; as Content type take application/json.'],
      ['Secret', 'the text that you gave to Warren.'],
      [
        'Add webhook',
        'after choosing the events. GitHub sends a ping at once: it is the first request here.',
      ],
    ],
    example: 'issues.opened',
    note: 'GitHub does not try again by itself what was not taken: use its “Redeliver”.',
  },
  SHOPIFY: {
    name: 'Shopify',
    mark: 'Sh',
    about: 'Orders, products, customers',
    secret: {
      label: 'Client secret of the app',
      placeholder: '',
      help: 'For webhooks made in a shop: the secret that is shown below their list. Not an access token.',
      from: 'there-before',
    },
    steps: [
      ['Settings › Notifications › Webhooks', 'in the shop, or the configuration of the app.'],
      ['Create webhook', 'choose the event and the format JSON, and paste the address above as URL.'],
    ],
    example: 'orders.create',
    note: 'Where several shops matter, give each a source of its own, with a prefix such as shopify.berlin.',
  },
  TWILIO: {
    name: 'Twilio',
    mark: 'Tw',
    about: 'Messages, calls, recordings',
    secret: {
      label: 'Auth token of the account',
      placeholder: '',
      help: 'On the first page of the console. Not the SID, and not the secret of an API key.',
      from: 'there-before',
    },
    steps: [
      ['Status callback', 'of a number, a messaging service, or wherever Twilio asks for a webhook.'],
      ['URL', 'paste the address above, with the method HTTP POST.'],
    ],
    example: 'message.delivered',
    note: 'Twilio signs the address that it calls: it must reach Warren at the address above, to the letter.',
  },
  SLACK: {
    name: 'Slack',
    mark: 'Sl',
    about: 'Mentions, messages, commands',
    secret: {
      label: 'Signing secret of the app',
      placeholder: '',
      help: 'At api.slack.com: Basic Information › App Credentials. Not a token.',
      from: 'there-before',
    },
    steps: [
      [
        'Event Subscriptions › Request URL',
        'paste the address above: Slack asks at once, and shows “Verified”.',
      ],
      ['Subscribe to bot events', 'choose them, and save.'],
      ['Interactivity, Slash Commands', 'may have the same address.'],
    ],
    example: 'app_mention',
  },
  STANDARD_WEBHOOKS: {
    name: 'Standard Webhooks',
    mark: 'SW',
    about: 'Whoever follows the standard',
    secret: {
      label: 'Shared secret, or public key',
      placeholder: 'whsec_… or whpk_…',
      help: 'Most senders show it once they have the address. With ed25519: the sender’s public key, whpk_….',
      from: 'shown-later',
    },
    steps: [
      ['Add an endpoint', 'at the sender, and paste the address above.'],
      ['Signing secret', 'the sender shows it then. Give it to Warren on this page.'],
    ],
    example: 'invoice.paid',
    note: 'Senders that name the headers svix-id, svix-timestamp and svix-signature are understood too.',
  },
};

export const ALL_PROVIDERS = Object.keys(PROVIDERS) as Provider[];

/** What a source's types begin with unless somebody chooses; the API has the same rule. */
export const defaultPrefix = (provider: Provider): string => provider.toLowerCase();

/** 32 random bytes, as this provider writes its secrets. Nobody can guess it, so nobody can sign with it. */
export function makeUpSecret(provider: Provider): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  if (PROVIDERS[provider].secret.from === 'shown-later')
    return `whsec_${btoa(String.fromCharCode(...bytes))}`;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
