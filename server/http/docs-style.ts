/** How /docs looks: the colours and the type of the page (web/styles/tokens.css), in light and dark, down to a phone. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#f4f5f7, #16181c);
  --surface: light-dark(#ffffff, #1c1f24);
  --line: light-dark(#e2e4e9, #2d3139);
  --text: light-dark(#191c21, #e8eaed);
  --soft: light-dark(#4c525d, #b1b7c2);
  --accent: light-dark(#0a58ca, #82b4ff);
  --accent-soft: light-dark(#e2edfd, #1d3050);
  --green: light-dark(#17784a, #62cf98);
  --amber: light-dark(#855400, #eebc5a);
  --red: light-dark(#b3261e, #ff9a91);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body {
  margin: 0; background: var(--canvas); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  display: grid; grid-template-columns: 320px minmax(0, 1fr); align-items: start;
}
a { color: var(--accent); text-decoration: none; }
a:hover, main p:not(.errors) a { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 20px 12px 32px 20px; border-right: 1px solid var(--line); background: var(--surface); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: 8px; align-items: baseline; padding: 3px 6px; border-radius: 6px; color: var(--text); font: 12px/1.5 var(--mono); overflow-wrap: anywhere; }
nav li a:hover { background: var(--canvas); text-decoration: none; }
nav h2 { font-size: 12px; font-weight: 650; color: var(--soft); text-transform: capitalize; margin: 16px 0 4px; padding: 2px 6px; }
nav .name { font-weight: 700; font-size: 16px; color: var(--text); padding: 0 6px; }
main { padding: 28px clamp(16px, 4vw, 56px) 80px; max-width: 1000px; min-width: 0; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; }
main h2 { font-size: 20px; margin: 48px 0 12px; text-transform: capitalize; }
h3 { font: 600 15px/1.5 var(--mono); margin: 0 0 4px; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; overflow-wrap: anywhere; }
h3 a.here { color: inherit; }
h4 { font-size: 13px; color: var(--soft); margin: 18px 0 6px; font-weight: 650; }
p { margin: 6px 0; max-width: 75ch; }
section.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 16px; }
.method { font: 700 11px/1.6 var(--mono); letter-spacing: .02em; flex: none; min-width: 3.9em; color: var(--accent); }
h3 .method { font-size: 13px; min-width: 0; }
.method.post, .method.put { color: var(--green); }
.method.patch { color: var(--amber); }
.method.delete { color: var(--red); }
dl { margin: 0; display: grid; grid-template-columns: minmax(120px, max-content) minmax(0, 1fr); gap: 0 20px; }
dt, dd { padding: 5px 0; border-top: 1px solid var(--line); margin: 0; }
dt { font: 13px/1.6 var(--mono); overflow-wrap: anywhere; max-width: 220px; }
dd { font-size: 14px; overflow-wrap: anywhere; }
.type { font: 12px/1.6 var(--mono); color: var(--soft); margin-right: 8px; }
code { font: 0.9em/1.5 var(--mono); background: var(--canvas); border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; overflow-wrap: anywhere; }
pre { margin: 6px 0; padding: 10px 12px; background: var(--canvas); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; font: 12.5px/1.55 var(--mono); max-height: 420px; }
pre code { all: unset; }
details { margin: 8px 0; }
summary { cursor: pointer; color: var(--soft); font-size: 13px; font-weight: 600; padding: 3px 0; }
.errors { font: 12px/1.7 var(--mono); color: var(--soft); max-width: none; }
nav h2 a { color: inherit; }
@media (max-width: 820px) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 14px 16px; }
  nav ul { display: none; }
  nav .name { display: block; padding: 0; }
  nav h2 { display: inline-block; margin: 6px 0 0; padding: 0; }
  nav h2 a { display: inline-block; padding: 8px 14px 8px 0; color: var(--accent); }
  section.card { padding: 14px; border-radius: 8px; }
  dl { grid-template-columns: minmax(0, 1fr); }
  dt { border-top: 1px solid var(--line); padding-bottom: 0; max-width: none; }
  dd { border-top: 0; padding-top: 0; }
}
@media print { nav { display: none; } body { display: block; } }
`
