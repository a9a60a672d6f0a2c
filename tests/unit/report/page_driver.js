// Put into a report.html by page_test.cpp: uses the page as a reader would and writes down what happened.
window.mistakes = [];
for (const kind of ['error', 'unhandledrejection']) {
  addEventListener(kind, (event) => mistakes.push(String(event.message || event.reason)));
}
for (const level of ['error', 'warn']) {
  console[level] = (...words) => mistakes.push(words.join(' '));
}
addEventListener('securitypolicyviolation', (event) => mistakes.push('blocked ' + event.blockedURI));

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const lines = (chart) => [...chart.querySelectorAll('.mark-line path, .mark-rect path, .mark-symbol:not(.role-legend-symbol) path')]
  .filter((path) => (path.getAttribute('d') || '').length > 10).length;
const column = (table, i) => [...table.querySelectorAll('tbody tr')].map((row) => row.children[i].textContent);
const heads = (table) => [...table.querySelectorAll('th')];

addEventListener('load', async () => {
  for (let i = 0; i < 200 && !document.documentElement.dataset.drawn; ++i) await wait(50);
  const texts = () => [...document.querySelectorAll('.chart svg.marks text')].map((text) => text.textContent);
  const found = {drawn: document.querySelectorAll('.chart svg.marks').length, hidden: [], shown_again: []};
  found.texts = texts();
  for (const chart of document.querySelectorAll('.chart')) {
    const before = lines(chart);
    const entry = chart.querySelector('.role-legend-symbol path');
    entry.dispatchEvent(new MouseEvent('click', {bubbles: true}));
    await wait(100);
    found.hidden.push(before - lines(chart));
    entry.dispatchEvent(new MouseEvent('click', {bubbles: true}));
    await wait(100);
    found.shown_again.push(lines(chart) === before);
  }
  const checkbox = document.querySelector('.vega-bindings input[type=checkbox]');
  if (checkbox) {
    const chart = checkbox.closest('.chart');
    const before = lines(chart);
    checkbox.click();
    await wait(100);
    found.switched_on = lines(chart) - before;
  }
  const choice = document.querySelector('label.choice select');
  if (choice) {
    choice.value = '1';
    choice.dispatchEvent(new Event('change'));
    await wait(500);
    found.other_group = texts();
  }
  const table = document.querySelector('#runs table');
  const effect = heads(table).findIndex((head) => head.textContent === 'effect');
  heads(table)[effect].querySelector('button').click();
  found.ascending = column(table, effect);
  heads(table)[effect].querySelector('button').click();
  found.descending = column(table, effect);
  found.ground = getComputedStyle(document.body).backgroundColor;
  found.title_fill = document.querySelector('.role-title-text text').getAttribute('fill');
  found.requests = performance.getEntriesByType('resource').map((entry) => entry.name)
    .filter((name) => !/^(data|blob):/.test(name));
  found.mistakes = mistakes;
  const text = JSON.stringify(found).replace(/[<>&]/g, ' ');
  document.body.replaceChildren(Object.assign(document.createElement('pre'), {id: 'found', textContent: text}));
});
