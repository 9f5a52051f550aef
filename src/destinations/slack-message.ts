import type { Payload, PayloadEvent } from '../domain/data/payload';

/** Slack cuts a message off at 40,000 characters, and nobody reads half of that. */
const MAX_DATA_LENGTH = 3000;

/**
 * The message of an incoming webhook. Data that is one already (a subscription's transform makes it so) goes as it is;
 * of all else the message shows the type and the data.
 */
export function slackPayload({ type, data }: Pick<PayloadEvent, 'type' | 'data'>): Payload {
  const text = data.toString('utf8');
  const message = isMessage(JSON.parse(text)) ? text : JSON.stringify({ text: defaultText(type, text) });
  return { contentType: 'application/json', body: Buffer.from(message) };
}

function isMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'text' in value || 'blocks' in value || 'attachments' in value;
}

function defaultText(type: string, data: string): string {
  const shown = data.length > MAX_DATA_LENGTH ? `${data.slice(0, MAX_DATA_LENGTH)}…` : data;
  return `*${type}*\n\`\`\`${escape(shown)}\`\`\``;
}

/** Slack's three control characters; without it data could mention everybody in a channel. */
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
