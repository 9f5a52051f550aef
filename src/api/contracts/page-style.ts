/** The page’s one style sheet: system fonts, both colour schemes, one column on a phone. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e3e6ea; --text: #1b1f24; --quiet: #5c6672;
  --bad: #a8231f; --bad-back: #fdeaea; --accent: #2456c7;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151a; --card: #1a1e25; --line: #2b313a; --text: #e7eaee; --quiet: #98a2ae;
    --bad: #ff9a94; --bad-back: #3b1d1e; --accent: #8fb4ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
.frame { max-width: 900px; margin: 0 auto; padding: 32px 24px 96px; }
h1 { margin: 0; font-size: 28px; letter-spacing: -.01em; }
h2 { margin: 48px 0 12px; font-size: 20px; }
h3 { margin: 24px 0 8px; font-size: 16px; }
p { margin: 8px 0; }
a { color: var(--accent); }
code, pre { font-family: var(--mono); font-size: .9em; }
.quiet { color: var(--quiet); }
.fault { background: var(--bad-back); color: var(--bad); border-radius: 8px; padding: 8px 12px; }
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 20px 0; }
label { display: grid; gap: 4px; font-size: 14px; color: var(--quiet); }
input, button { font: inherit; font-size: 14px; padding: 7px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text); }
button { cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav { display: flex; flex-wrap: wrap; gap: 8px 16px; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-top: 1px solid var(--line); font-weight: 400; overflow-wrap: anywhere; }
tr:first-child > * { border-top: 0; }
th { white-space: nowrap; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 4px 16px 16px; margin-top: 16px; overflow-wrap: anywhere; }
.mark { font-weight: 400; font-size: 13px; color: var(--quiet); }
summary { cursor: pointer; color: var(--accent); padding: 4px 0; }
pre { margin: 4px 0; padding: 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--page); overflow: auto; max-height: 480px; }
@media (max-width: 640px) { th, td { display: block; border-top: 0; padding: 4px 12px; } tr { display: block; border-top: 1px solid var(--line); padding: 4px 0; } }
`;
