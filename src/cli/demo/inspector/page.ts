import type { Arrival, Receiver, SignatureVerdict } from './arrivals';
import { SCRIPT, STYLE } from './style';

export interface PageContent {
  receivers: readonly Receiver[];
  /** How many of the newest requests are listed. */
  listed: number;
  /** Of the Content-Security-Policy: only the style and script of this very answer count. */
  nonce: string;
}

/** The whole page, self-contained. Everything that came from outside is escaped. */
export function inspectorPage({ receivers, listed, nonce }: PageContent): string {
  const newest = receivers
    .flatMap(({ arrivals }) => arrivals)
    .sort((a, b) => b.number - a.number)
    .slice(0, listed);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inspector – Warren</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<div class="frame">
<header>
<h1>Inspector</h1>
<p class="quiet">The demo’s own receivers: what arrived, whether its signature holds, and what was answered. <span id="state" role="status"></span></p>
</header>
<main>
<section class="receivers" aria-label="Receivers">${receivers.map(receiverCard).join('')}</section>
<h2>Requests <span class="quiet">newest first, times in UTC</span></h2>
<section class="arrivals" aria-label="Requests">${newest.length === 0 ? EMPTY : newest.map(arrivalRow).join('')}</section>
</main>
</div>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const EMPTY = '<p class="empty quiet">Nothing has arrived yet. Publish an event, and it shows here.</p>';

function receiverCard({ name, failing, receivedCount }: Receiver): string {
  const state = failing
    ? pill(
        'bad',
        Number.isFinite(failing.timesLeft) ? `fails next ${failing.timesLeft}` : `answers ${failing.status}`,
      )
    : pill('good', 'answers 200');
  const button = (id: string, query: string, text: string): string =>
    `<button id="${name}-${id}" formaction="/hook/${name}/fail?${query}">${text}</button>`;
  return `<article class="card">
<h3><span>${name}</span>${state}</h3>
<p class="quiet">${receivedCount} ${receivedCount === 1 ? 'request' : 'requests'} at <span class="type">/hook/${name}</span></p>
<form method="post">${[
    button('ok', 'times=0', 'Answer 200'),
    button('two', 'times=2', 'Fail next 2'),
    button('all', 'times=always', 'Fail all'),
  ].join('')}</form>
</article>`;
}

function arrivalRow(arrival: Arrival): string {
  const { number, receiver, eventType, answeredStatus, attempt, at } = arrival;
  return `<details id="request-${number}">
<summary>
${pill(answeredStatus < 300 ? 'good' : 'bad', String(answeredStatus))}
<span class="type">${escapeHtml(eventType ?? 'no event type')}</span>
<span class="to quiet">→ ${receiver}</span>
<span class="verdict">${verdictPill(arrival.signature)}</span>
<span class="attempt quiet">${attempt === undefined ? '' : `attempt ${attempt}`}</span>
<time class="time quiet" datetime="${at}">${at.slice(11, 19)}</time>
</summary>
<div class="inside">
<h4>Headers</h4><pre>${headerLines(arrival)}</pre>
<h4>Body, ${arrival.bodyBytes} bytes</h4><pre>${escapeHtml(readable(arrival.body))}</pre>
</div>
</details>`;
}

function verdictPill(verdict: SignatureVerdict): string {
  if (verdict === 'ok') return pill('good', 'signature ok');
  if (verdict === 'not checked') return '<span class="quiet">not checked</span>';
  return pill('bad', verdict === 'missing' ? 'not signed' : `signature ${verdict}`);
}

function headerLines({ headers }: Arrival): string {
  return Object.entries(headers)
    .map(([name, value]) => escapeHtml(`${name}: ${value}`))
    .join('\n');
}

/** JSON with indentation; anything else, and JSON that was cut, as it is. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function pill(kind: 'good' | 'bad', text: string): string {
  return `<span class="pill ${kind}">${text}</span>`;
}
