'use strict';
/** Pages of the documentation site from the repository's Markdown: what a link becomes, and what a page looks like. */
const fs = require('node:fs');
const path = require('node:path').posix;

/** Where a file of the repository is on the site. */
function placeOf(file) {
  if (file === 'README.md') return 'index.html';
  if (file === 'docs/README.md') return 'contents.html';
  const below = file.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');
  return below.endsWith('.md') ? below.replace(/\.md$/, '.html').toLowerCase() : `files/${file}.html`;
}

/** GitHub's anchor of a heading, so that the links of the Markdown lead to the same places. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const escapeHtml = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const relativeTo = (place, target) => path.relative(path.dirname(place), target) || path.basename(target);

/** What a link of one file becomes on the site; files that are no pages are noted, to be shown as they are. */
function linkFrom(file, href, note) {
  if (/^[a-z]+:|^\/\//i.test(href) || href.startsWith('#')) return href;
  const [target, anchor] = href.split('#');
  const wanted = path.normalize(path.join(path.dirname(file), target));
  const place = wanted.startsWith('docs/images/') ? wanted.replace(/^docs\//, '') : placeOf(wanted);
  note(wanted);
  return relativeTo(placeOf(file), place) + (anchor === undefined ? '' : `#${anchor}`);
}

/** A page's HTML, its headings, and its text by section, for the search. */
function renderMarkdown(marked, file, markdown, note) {
  const sections = [{ anchor: '', title: '', depth: 1, text: [] }];
  const used = new Map();
  const renderer = {
    heading({ tokens, depth }) {
      const title = tokens.map(plainText).join('');
      const base = anchorOf(title);
      const times = used.get(base) ?? 0;
      used.set(base, times + 1);
      const anchor = times === 0 ? base : `${base}-${times}`;
      if (depth === 1) Object.assign(sections[0], { anchor, title });
      else sections.push({ anchor, title, depth, text: [] });
      const link =
        depth === 1 ? '' : ` <a class="anchor" href="#${anchor}" aria-label="Link to this section">#</a>`;
      return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const to = linkFrom(file, href, note);
      return `<a href="${escapeHtml(to)}">${this.parser.parseInline(tokens)}</a>`;
    },
    image({ href, text }) {
      return `<img src="${escapeHtml(linkFrom(file, href, note))}" alt="${escapeHtml(text)}" loading="lazy">`;
    },
    code({ text, lang }) {
      const [language = ''] = (lang ?? '').split(' ');
      const hint = language === 'mermaid' ? '<p class="quiet">The diagram as text; GitHub draws it.</p>' : '';
      return `${hint}<pre tabindex="0"><code data-language="${escapeHtml(language)}">${escapeHtml(text)}</code></pre>\n`;
    },
    table(token) {
      const row = (cells, tag) =>
        `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
      const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
      return `<div class="table" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`;
    },
    // The pages are plain Markdown; what looks like a tag is meant to be read.
    html: ({ text }) => escapeHtml(text),
  };
  const own = new marked.Marked({ gfm: true, renderer });
  const tokens = own.lexer(markdown);
  const html = own.parser(tokens);
  gather(tokens, sections);
  return { html, title: sections[0].title, sections };
}

/** Lays the text of each block to the section that it stands in. */
function gather(tokens, sections) {
  let at = 0;
  for (const token of tokens) {
    if (token.type === 'heading') at += token.depth === 1 ? 0 : 1;
    else sections[at].text.push(plainText(token));
  }
}

function plainText(token) {
  if (token.type === 'table')
    return [token.header, ...token.rows].map((cells) => cells.map(plainText).join(' ')).join('\n');
  if (token.type === 'list') return token.items.map(plainText).join('\n');
  if (token.tokens) return token.tokens.map(plainText).join(token.type === 'list_item' ? ' ' : '');
  return token.text ?? token.raw ?? '';
}

/** The groups of docs/README.md, with the pages of each in the order in which they are to be read. */
function readContents(markdown) {
  const groups = [];
  for (const line of markdown.split('\n')) {
    const group = /^\*\*(.+)\*\*$/.exec(line)?.[1];
    if (group) groups.push({ title: group, pages: [] });
    if (!/^\d+\. /.test(line)) continue;
    for (const [, title, href] of line.matchAll(/\[([^\]]+)\]\(([^)#]+\.md)\)/g))
      groups.at(-1).pages.push({ title, file: path.normalize(path.join('docs', href)) });
  }
  return groups;
}

/** One page: what leads to the others, the text, and what is on it. */
function framePage({ place, title, html, sections, groups }) {
  const to = (target) => escapeHtml(relativeTo(place, target));
  const order = groups.flatMap(({ pages }) => pages);
  const at = order.findIndex(({ file }) => placeOf(file) === place);
  const turn = (page, word) =>
    page
      ? `<a class="${word.toLowerCase()}" href="${to(placeOf(page.file))}"><small>${word}</small>${escapeHtml(page.title)}</a>`
      : '<span></span>';
  const entry = ({ title: name, file }) =>
    `<li><a href="${to(placeOf(file))}"${placeOf(file) === place ? ' aria-current="page"' : ''}>${escapeHtml(name)}</a></li>`;
  const onPage = sections.filter(({ depth }) => depth === 2);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Warren</title>
<link rel="stylesheet" href="${to('site.css')}">
<script defer src="${to('minisearch.js')}"></script>
<script defer src="${to('site.js')}" data-root="${to('index.html').replace(/index\.html$/, '')}"></script>
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header class="bar">
<a class="name" href="${to('index.html')}">Warren</a>
<div class="search"><input type="search" placeholder="Search" aria-label="Search the documentation" aria-controls="found" autocomplete="off"><div id="found" role="region" aria-live="polite" hidden></div></div>
<button class="menu" aria-expanded="false" aria-controls="pages">Pages</button>
</header>
<div class="frame">
<nav id="pages" aria-label="Pages">
${groups.map(({ title: name, pages }) => `<h2>${escapeHtml(name)}</h2><ol>${pages.map(entry).join('')}</ol>`).join('\n')}
<ol class="last"><li><a href="${to('contents.html')}">Contents</a></li><li><a href="${to('changelog.html')}">Changelog</a></li></ol>
</nav>
<main id="text">
${html}
${at < 0 ? '' : `<div class="turn">${turn(order[at - 1], 'Before')}${turn(order[at + 1], 'Next')}</div>`}
</main>
${onPage.length < 2 ? '<aside></aside>' : `<aside aria-label="On this page"><h2>On this page</h2><ol>${onPage.map(({ anchor, title: name }) => `<li><a href="#${anchor}">${escapeHtml(name)}</a></li>`).join('')}</ol></aside>`}
</div>
</body>
</html>
`;
}

/** A file that is no page, or a folder's files, to be read on the site. */
function sourcePage(root, file, note) {
  const full = `${root}/${file}`;
  if (!fs.statSync(full).isDirectory())
    return `<h1>${escapeHtml(file)}</h1>\n<pre tabindex="0"><code>${escapeHtml(fs.readFileSync(full, 'utf8'))}</code></pre>`;
  const items = fs
    .readdirSync(full)
    .sort()
    .map((name) => {
      const below = path.join(file, name);
      note(below);
      return `<li><a href="${escapeHtml(relativeTo(placeOf(file), placeOf(below)))}">${escapeHtml(name)}</a></li>`;
    });
  return `<h1>${escapeHtml(file)}</h1>\n<ul>${items.join('')}</ul>`;
}

module.exports = { framePage, placeOf, readContents, renderMarkdown, sourcePage };
