import { stringifyJson } from '../../runtime/json-text';
import {
  ASYNCAPI_PATH,
  EXAMPLE_TIME,
  OPENAPI_PATH,
  remarksOn,
  titleOf,
  versionsIn,
  type ContractSettings,
  type ContractSubject,
  type ContractVersion,
} from './contract';
import { html, words, type Html } from './html';
import { OPERATIONAL_EVENTS } from './operational-events';
import { WEBHOOK_ANSWERS, WEBHOOK_HEADERS } from './webhook-request';

/** The contracts for people: one page without a script. Everything that a tenant wrote is escaped. */
export function contractPage(subject: ContractSubject, settings: ContractSettings, fault?: string): string {
  const title = titleOf(subject, 'Events and webhooks');
  const { entries, hasMore } = subject;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Warren</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <div class="frame">
          <header>
            <h1>${title}</h1>
            <p class="quiet">
              What Warren posts to your endpoints, and what it takes from the broker. For programs:
              <a href="${OPENAPI_PATH}">OpenAPI 3.1</a> and <a href="${ASYNCAPI_PATH}">AsyncAPI 3.0</a>; with
              the header <code>authorization: Bearer &lt;key&gt;</code> they have your own event types. To
              look and change: <a href="/portal">the portal</a>. To read:
              <a href="/docs/guide/">the guide</a>.
            </p>
            ${fault === undefined ? '' : html`<p class="fault" role="alert">${fault}</p>`} ${keyForm()}
          </header>
          ${contents(entries.map(({ entry }) => entry.name))}
          <main>
            ${requestSection()} ${entries.length === 0 ? '' : html`<h2>Event types</h2>`}
            ${versionsOfAll(subject)}
            ${hasMore ? html`<p class="quiet">There are more. The documents for programs go on where <code>x-next</code> says.</p>` : ''}
            <h2>Warren’s own events</h2>
            ${versionsIn(OPERATIONAL_EVENTS).map((version) => versionSection(version))}
            ${publishSection(subject, settings)}
          </main>
        </div>
      </body>
    </html> `.text;
}

const keyForm = () => html`
  <form method="post" action="/docs" autocomplete="off">
    <label>API key <input type="password" name="key" required placeholder="wrn_…" /></label>
    <label>Tenant, for an operator <input name="tenant" placeholder="slug" /></label>
    <button>Show my event types</button>
  </form>
`;

const contents = (names: readonly string[]): Html =>
  names.length === 0
    ? html``
    : html`<nav aria-label="Event types">
        ${names.map((name) => html`<a href="#${name}"><code>${name}</code></a>`)}
      </nav>`;

const requestSection = () => html`
  <h2 id="request">Each request</h2>
  <p>
    <code>POST</code> to the endpoint’s URL, one request an attempt; redirects are not followed. Verify the
    signature over the raw body before you parse it, answer fast with any 2xx, and count each
    <code>webhook-id</code> once.
  </p>
  <table>
    ${Object.entries(WEBHOOK_HEADERS).map(
      ([name, { description }]) =>
        html`<tr>
          <th scope="row"><code>${name}</code></th>
          <td>${words(description)}</td>
        </tr>`,
    )}
  </table>
  <h3>Your answer</h3>
  <table>
    ${WEBHOOK_ANSWERS.map(
      ([status, meaning]) =>
        html`<tr>
          <th scope="row"><code>${status}</code></th>
          <td>${words(meaning)}</td>
        </tr>`,
    )}
  </table>
`;

/** Of each type the newest version first. */
const versionsOfAll = ({ entries }: ContractSubject): Html[] =>
  entries.map(({ entry, versions, missing }) => {
    const newestFirst = versionsIn([{ entry, versions, missing }]).reverse();
    return html`<section id="${entry.name}">
      ${newestFirst.map((version) => versionSection(version))}
      ${missing === 0 ? '' : html`<p class="quiet">${missing} older versions are not shown.</p>`}
    </section>`;
  });

function versionSection(contract: ContractVersion): Html {
  const { entry, version } = contract;
  return html`<article>
    <h3><code>${entry.name}</code> <span class="mark">version ${version.version}</span></h3>
    ${remarksOn(contract)
      .split('\n\n')
      .map((remark) => html`<p>${words(remark)}</p>`)}
    ${version.schema === undefined ? '' : json('JSON Schema of data', version.schema)}
    ${
      version.example === undefined
        ? ''
        : json('Example of a body (STANDARD)', {
            type: entry.name,
            timestamp: EXAMPLE_TIME,
            data: version.example,
          })
    }
  </article>`;
}

const json = (label: string, value: unknown): Html =>
  html`<details>
    <summary>${label}</summary>
    <pre>${stringifyJson(value, 2)}</pre>
  </details>`;

const publishSection = ({ tenant }: ContractSubject, { namespace, maxEventBytes }: ContractSettings) => html`
  <h2 id="publish">To publish</h2>
  <p>
    Over AMQP 0-9-1: to the exchange <code>${namespace}.events</code>, with the event type as the routing key,
    the header <code>tenant: ${tenant?.slug ?? '<your tenant>'}</code>, your own name for the event as
    <code>message_id</code>, and the data as JSON of at most ${maxEventBytes} bytes. Persistent, and wait for
    the confirm. Or over GraphQL: <code>eventPublish</code>.
  </p>
`;
