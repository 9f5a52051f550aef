'use strict';
/**
 * Makes the documentation site from README.md, CONTRIBUTING.md, CHANGELOG.md and docs/: `npm run build:docs`, into
 * dist/docs, or into a folder that is given. Plain files that any web server, the API at /docs/guide, or no server at
 * all can show.
 */
const fs = require('node:fs');
const path = require('node:path');
const { framePage, placeOf, readContents, renderMarkdown, sourcePage } = require('./docs-pages.cjs');

const ROOT = path.resolve(__dirname, '../..');
const BUILT = path.join(ROOT, 'dist/docs');
/** Longer ones are of no more use to the search. */
const MAX_SECTION_CHARACTERS = 2000;

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

function markdownFiles() {
  const below = fs.readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = below
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.split(path.sep).join('/')}`);
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages.sort()];
}

async function buildDocs(folder) {
  const marked = await import('marked');
  const fresh = `${folder}.next`;
  fs.rmSync(fresh, { recursive: true, force: true });
  const write = (place, content) => {
    const full = path.join(fresh, place);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, content);
  };
  const groups = readContents(read('docs/README.md'));
  const files = markdownFiles();
  const linked = new Set();
  const note = (file) => void linked.add(file);
  const found = [];
  for (const file of files) {
    const place = placeOf(file);
    const page = renderMarkdown(marked, file, read(file), note);
    write(place, framePage({ place, groups, ...page }));
    for (const { anchor, title, depth, text } of page.sections)
      found.push({
        id: found.length,
        page: page.title,
        title: depth === 1 ? '' : title,
        url: depth === 1 ? place : `${place}#${anchor}`,
        text: text.join('\n').replace(/\s+/g, ' ').trim().slice(0, MAX_SECTION_CHARACTERS),
      });
  }
  // Grows while it is read: a folder names its files.
  for (const file of linked) {
    if (files.includes(file) || file.startsWith('docs/images/')) continue;
    const place = placeOf(file);
    write(place, framePage({ place, groups, title: file, sections: [], html: sourcePage(ROOT, file, note) }));
  }
  fs.cpSync(path.join(ROOT, 'docs/images'), path.join(fresh, 'images'), { recursive: true });
  for (const name of ['site.css', 'site.js']) write(name, read(`docs/site/${name}`));
  write(
    'minisearch.js',
    read('node_modules/minisearch/dist/umd/index.js').replace(/^\/\/# sourceMappingURL.*$/m, ''),
  );
  // A script and not JSON, so that it can be loaded from a disk too.
  write('sections.js', `window.SECTIONS = ${JSON.stringify(found)};\n`);
  // Complete or not there: whoever serves it meanwhile never has half of it.
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(fresh, folder);
}

buildDocs(path.resolve(process.argv[2] ?? BUILT)).catch((error) => {
  process.stderr.write(`the documentation: ${error.stack}\n`);
  process.exitCode = 1;
});
