/** The inspector's one style sheet: system fonts, both colour schemes, one column on a phone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e3e6ea; --text: #1b1f24; --quiet: #5c6672;
  --good: #12703f; --good-back: #e2f5ea; --bad: #a8231f; --bad-back: #fdeaea; --accent: #2456c7;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151a; --card: #1a1e25; --line: #2b313a; --text: #e7eaee; --quiet: #98a2ae;
    --good: #6fd39b; --good-back: #163324; --bad: #ff9a94; --bad-back: #3b1d1e; --accent: #8fb4ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
.frame { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0; font-size: 24px; letter-spacing: -.01em; }
h2 { margin: 32px 0 12px; font-size: 16px; }
p { margin: 4px 0 0; }
.quiet { color: var(--quiet); font-weight: 400; }
.receivers { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; margin-top: 24px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; }
.card h3 { margin: 0; font-size: 16px; display: flex; justify-content: space-between; align-items: center; gap: 8px; }
.card form { display: flex; gap: 8px; margin-top: 12px; }
button { font: inherit; font-size: 13px; color: var(--text); background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px; cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.pill { display: inline-block; border-radius: 999px; padding: 1px 10px; font-size: 13px; font-weight: 600; white-space: nowrap; justify-self: start; }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.arrivals { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
details + details { border-top: 1px solid var(--line); }
summary { display: grid; grid-template-columns: 56px minmax(0, 1.6fr) minmax(0, 1fr) 150px 90px 84px; gap: 12px; align-items: center; padding: 10px 16px; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--page); }
.type { font-family: var(--mono); font-size: 14px; overflow-wrap: anywhere; }
.time { text-align: right; font-variant-numeric: tabular-nums; }
.inside { padding: 4px 16px 16px; border-top: 1px dashed var(--line); }
.inside h4 { margin: 12px 0 4px; font-size: 13px; color: var(--quiet); }
pre { margin: 0; padding: 12px; max-height: 420px; overflow: auto; background: var(--page); border-radius: 6px; font: 13px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.empty { padding: 32px 16px; text-align: center; }
@media (max-width: 700px) {
  .frame { padding: 20px 14px 48px; }
  .receivers { grid-template-columns: 1fr; }
  summary { grid-template-columns: 56px minmax(0, 1fr) auto; row-gap: 2px; padding: 10px 12px; }
  .to, .verdict, .attempt { font-size: 13px; }
  .type { grid-column: 2; grid-row: 1; }
  .time { grid-column: 3; grid-row: 1; }
  .to { grid-column: 2; grid-row: 2; }
  .attempt { grid-column: 3; grid-row: 2; text-align: right; }
  .verdict { grid-column: 2 / 4; grid-row: 3; }
}
`;

/** Asks for the page again and puts the new list in place; what the reader has opened stays open. */
export const SCRIPT = `
const PAUSE_MS = 1500;
let shown = document.querySelector('main').innerHTML;
async function refresh() {
  try {
    const answer = await fetch('/', { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (fresh && fresh.innerHTML !== shown) {
      shown = fresh.innerHTML;
      const isIn = document.activeElement && document.activeElement.id;
      const open = [...document.querySelectorAll('details[open]')].map((one) => one.id);
      document.querySelector('main').innerHTML = shown;
      for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
      if (isIn) { const one = document.getElementById(isIn); if (one) one.focus(); }
    }
    document.getElementById('state').textContent = '';
  } catch {
    document.getElementById('state').textContent = 'Not reachable: Warren has stopped.';
  }
  setTimeout(refresh, PAUSE_MS);
}
setTimeout(refresh, PAUSE_MS);
`;
