'use strict';
// The search, and the list of pages on a narrow screen. Everything else works without a script.
(() => {
  const root = document.currentScript.dataset.root;
  const input = document.querySelector('input[type=search]');
  const list = document.querySelector('#found');
  const SHOWN = 12;
  let index;

  /** Loaded when somebody searches. */
  function load() {
    index ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${root}sections.js`;
      script.onerror = reject;
      script.onload = () => {
        const search = new MiniSearch({
          fields: ['title', 'page', 'text'],
          storeFields: ['title', 'page', 'url', 'text'],
          // Names such as warren_attempts_total and WARREN_PORT are words, and so are their parts.
          tokenize: (text) =>
            text
              .split(/[^\p{L}\p{N}_-]+/u)
              .flatMap((word) => (/[_-]/.test(word) ? [word, ...word.split(/[_-]/)] : [word]))
              .filter(Boolean),
          searchOptions: {
            boost: { title: 4, page: 2 },
            prefix: true,
            fuzzy: (term) => (term.length > 5 ? 0.15 : false),
            combineWith: 'AND',
          },
        });
        search.addAll(window.SECTIONS);
        resolve(search);
      };
      document.head.append(script);
    });
    return index;
  }

  /** A piece of the text around the first word that was found. */
  function excerpt({ text, terms }) {
    const low = text.toLowerCase();
    const places = terms.map((term) => low.indexOf(term)).filter((at) => at >= 0);
    const from = Math.max(0, (places.length > 0 ? Math.min(...places) : 0) - 40);
    return `${from > 0 ? '…' : ''}${text.slice(from, from + 140)}${text.length > from + 140 ? '…' : ''}`;
  }

  function element(name, text, parent) {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
  }

  async function show() {
    const query = input.value.trim();
    if (query === '') {
      list.hidden = true;
      return;
    }
    const hits = (await load()).search(query).slice(0, SHOWN);
    if (input.value.trim() !== query) return;
    list.replaceChildren();
    for (const hit of hits) {
      const link = element('a', '', list);
      link.href = root + hit.url;
      element('b', hit.title || hit.page, link);
      if (hit.title) element('small', hit.page, link);
      element('span', excerpt(hit), link);
    }
    if (hits.length === 0) element('p', 'Nothing has all of these words.', list);
    list.hidden = false;
  }

  input.addEventListener('focus', () => void load().catch(() => undefined));
  input.addEventListener('input', () => void show());
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !/^(input|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      input.focus();
    }
    if (event.key === 'Escape') list.hidden = true;
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const links = [...list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (list.hidden || (at < 0 && document.activeElement !== input)) return;
    event.preventDefault();
    (links[at + (event.key === 'ArrowDown' ? 1 : -1)] ?? input).focus();
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) list.hidden = true;
  });

  const button = document.querySelector('.menu');
  button.addEventListener('click', () => {
    const isOpen = document.body.classList.toggle('open');
    button.setAttribute('aria-expanded', String(isOpen));
  });
  document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest' });
})();
