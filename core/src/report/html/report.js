'use strict';
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const report = read('report');
  const theme = read('theme');
  const figures = read('figure-specs');
  const dark = window.matchMedia('(prefers-color-scheme: dark)');

  // Numbers. A missing one is a dash, never a zero.
  const signed = (x, digits = 3) => {
    if (x === null || x === undefined) return '–';
    const text = x.toFixed(digits);
    return Number(text) === 0 ? text.replace('-', '') : (x > 0 ? '+' : '') + text.replace('-', '−');
  };
  const percent = (x) => {
    if (x === null || x === undefined) return '–';
    if (x < 10) return signed(100 * x, 1) + ' %';
    return 1 + x < 1e6 ? '×' + Math.round(1 + x).toLocaleString('en') : '×10^' + Math.floor(Math.log10(1 + x));
  };
  const interval = (pair) =>
    pair && pair[0] !== null && pair[0] !== undefined ? `${signed(pair[0])} to ${signed(pair[1])}` : '–';
  const probability = (p) => {
    if (p === null || p === undefined) return '–';
    return p < 0.0001 ? '< 0.0001' : p.toPrecision(2).includes('e') ? p.toFixed(4) : p.toPrecision(2);
  };
  const compared = (p) => probability(p).replace(/^(?!<)/, '= ');

  const element = (tag, attributes = {}, ...content) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...content);
    return made;
  };
  const section = (id, heading, ...content) => {
    const place = document.getElementById(id);
    if (heading) place.append(element('h2', {}, heading));
    place.append(...content);
  };

  // A column: {name, of(row) to sort by, show(row) (text or node), number: aligned right}.
  const sortableTable = (columns, rows) => {
    const body = element('tbody');
    const fill = (ordered) => {
      body.replaceChildren(...ordered.map((row) => element('tr', {}, ...columns.map((column) =>
        element('td', column.number ? {class: 'number-cell'} : {}, (column.show || column.of)(row) ?? '–')))));
    };
    const compare = (a, b) => {
      const missing = (x) => x === null || x === undefined || x === '';
      if (missing(a) || missing(b)) return missing(a) - missing(b);
      return typeof a === 'number' && typeof b === 'number'
        ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true});
    };
    const heads = columns.map((column) => {
      const button = element('button', {type: 'button'}, column.name);
      const head = element('th', {scope: 'col', ...(column.number ? {class: 'number-cell'} : {})}, button);
      button.addEventListener('click', () => {
        const descending = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        const ordered = [...rows].sort((a, b) => compare(column.of(a), column.of(b)));
        fill(descending ? ordered.reverse() : ordered);
      });
      return head;
    });
    fill(rows);
    return element('div', {class: 'scroll'},
      element('table', {}, element('thead', {}, element('tr', {}, ...heads)), body));
  };

  // The headline: what was found, and whether that counts.
  const runsOf = (group) => `${group.counts.valid} of ${group.runs.length} VALID`;
  const missedOf = (row) => (row.missed || []).join(', ');
  const mean = (sample) => sample && sample.mean;
  const leaks = (group) => group.finding === 'leak';
  const sides = (claim) => {
    const minus = claim && claim.minus;
    const other = typeof minus === 'string' ? minus : Array.isArray(minus) ? 'taken off' : 'comparison';
    return {set: claim ? claim.set : 'leak', other};
  };
  const isSmaller = (group) => group.direction === 'smaller';
  const unitOf = (group) => (group.unit || 'as measured') + (isSmaller(group) ? ' (smaller is more leak)' : '');
  const relative = (sample) => sample && typeof sample.relative_increase_geometric === 'number'
    ? ` (${percent(sample.relative_increase_geometric)})` : '';
  const when = (group) => group.claim.at !== 'maximum' ? `at the ${group.claim.at} of`
    : `${{smaller: 'minimum', either: 'farthest from chance'}[group.direction] || 'maximum'} over`;
  const isSame = (groups) => {
    const claims = groups.map((group) => group.claim).filter((claim) => claim);
    return claims.every((claim) => JSON.stringify(claim) === JSON.stringify(claims[0]));
  };
  // The groups of each claim, where runs make several; the first decides how a run ends.
  const claimNames = [...new Set(report.groups.map((group) => group.claim_name || ''))];
  const ofClaim = (name) => report.groups.filter((group) => (group.claim_name || '') === name);
  const question = (group) => {
    const {set, prefix, phase, measure, minus} = group.claim;
    const where = ` behind prefix '${prefix}' (${when(group)} phase ${phase})` +
      (['nothing', 'chance'].includes(minus) ? '?'
        : Array.isArray(minus) ? ', as a difference of differences?'
          : `, less what '${sides(group.claim).other}' shows?`);
    if (!group.log_probability) return `What does ${measure} find of '${set}'${where}`;
    return (group.above_chance ? 'How much likelier than chance' : 'How likely') + ` does text of '${set}' become${where}`;
  };
  const card = (group) => {
    const s = group.statistics && group.statistics.effect ? group.statistics : null;
    const {set, other} = sides(group.claim);
    const number = element('div', {class: 'number' + (leaks(group) ? ' leaks' : '')},
      s ? signed(mean(s.effect)) : Object.entries(group.counts).filter(([name, n]) => n && name !== 'valid')
        .map(([name]) => name.toUpperCase().replace('_', ' ')).join(', ') || 'NO RUN');
    if (s) number.append(element('small', {}, ' ' + unitOf(group) + relative(s.effect)));
    const lines = s ? [
      `95 % interval ${interval(s.effect.ci95)}; p ${compared(s.effect.p_two_sided)} (paired t)` +
        `, ${probability(s.effect.sign_flip_p_two_sided)} (sign flip)`,
      `${set} ${signed(mean(s.leak))}` + relative(s.leak) +
        (s.control ? `, ${other} ${signed(mean(s.control))}` : ''),
    ] : [];
    return element('div', {class: 'card'},
      element('div', {class: 'label'}, group.label), number,
      ...lines.map((line) => element('div', {class: 'soft'}, line)),
      element('div', {}, `${runsOf(group)}. ${group.conclusion}`),
      ...(missedOf(group) ? [element('div', {class: 'soft'},
        `Waived gates that missed their bounds: ${missedOf(group)}.`)] : []));
  };
  const claimHeadline = (name, i) => {
    const groups = ofClaim(name);
    const claiming = groups.find((group) => group.claim && group.direction) ||
      groups.find((group) => group.claim);
    const asked = claiming ? element('p', {}, isSame(groups) ? question(claiming)
      : 'The configurations make different claims; each is compared with what its own claim names.') : '';
    if (name) {
      section('headline', '', element('h2', {}, `Claim '${name}'`,
        element('small', {class: 'soft'}, i === 0 ? ' decides how a run ends' : '')));
    }
    if (groups.length <= 4) {
      section('headline', '', element('div', {class: 'cards'}, ...groups.map(card)), asked);
    } else {
      const leaking = groups.filter(leaks).length;
      section('headline', '', element('div', {class: 'card'},
        element('div', {class: 'number'}, `${leaking} of ${groups.length} `,
          element('small', {}, 'configurations leak: they lie beyond chance and beyond what they are compared with, at the 5 % level')),
        element('div', {}, groups.reduce((n, g) => n + g.counts.valid, 0) + ' of ' +
          groups.reduce((n, g) => n + g.runs.length, 0) + ' runs VALID.')), asked);
    }
  };
  const headline = () => {
    claimNames.forEach(claimHeadline);
    for (const note of report.notes || []) section('headline', '', element('p', {class: 'soft'}, note));
  };

  // Figures. Those of curves share one place, with a choice between the groups.
  const shown = [];  // {figure, chart, caption}: what is on the page
  const draw = ({figure, chart}) => vegaEmbed(chart, structuredClone(figure.spec), {
    mode: 'vega-lite', config: dark.matches ? theme.dark : theme.light, renderer: 'svg',
    actions: {export: true, source: false, compiled: false, editor: false}, downloadFileName: figure.name,
    tooltip: {theme: 'custom', disableDefaultStyle: true},
    logLevel: 1,  // errors: a hidden set leaves layers without data, of which Vega warns
  });
  const place = (figure) => {
    const chart = element('div', {class: 'chart'});
    const caption = element('figcaption', {}, figure.caption);
    shown.push({figure, chart, caption});
    return element('figure', {id: 'figure-' + figure.name}, chart, caption);
  };
  const choiceOf = (curves) => {
    const choice = element('select', {}, ...curves.map((figure, i) =>
      element('option', {value: i}, figure.title)));
    choice.addEventListener('change', () => {
      const entry = shown.find(({figure}) => curves.includes(figure));
      entry.figure = curves[Number(choice.value)];
      entry.caption.textContent = entry.figure.caption;
      draw(entry);
    });
    return element('label', {class: 'choice'}, 'Curves ', choice);
  };
  const showFigures = async () => {
    const curves = figures.filter((figure) => figure.name.startsWith('curves'));
    for (const figure of figures) {
      if (figure === curves[0] && curves.length > 1) section('figures', '', choiceOf(curves));
      if (figure === curves[0] || !curves.includes(figure)) section('figures', '', place(figure));
    }
    section('figures', '', element('p', {class: 'soft'},
      'Point at a mark for its numbers, scroll to zoom, drag to move, double-click to go back; a click on a ' +
      'legend entry hides it.'));
    await Promise.all(shown.map(draw));
    document.documentElement.dataset.drawn = shown.length;
  };
  dark.addEventListener('change', () => shown.forEach(draw));

  // Without a level of chance there is a value, and what it means a comparison alone tells.
  const levels = new Set(report.groups.filter((group) => group.direction)
    .map((group) => !group.above_chance ? 'value' : isSmaller(group) ? 'level' : 'leak'));
  const leakName = levels.size > 1 ? 'level' : [...levels][0] || 'leak';

  const claimColumn = (groupOf) => claimNames.length < 2 ? []
    : [{name: 'claim', of: (row) => groupOf(row).claim_name || ''}];
  // What gates compare lies between 1e-7 and 1e2.
  const gateValue = (x) => x && Math.abs(x) < 5e-4 ? x.toExponential(1).replaceAll('-', '−') : signed(x);
  const gateMean = (group) => group.statistics && (group.statistics.gates[report.against] || {}).mean;
  const groupTable = () => {
    const of = (side, key) => (group) => group.statistics && group.statistics[side] && group.statistics[side][key];
    const number = (name, value, show) => ({name, of: value, show: (group) => show(value(group)), number: true});
    section('groups', 'Configurations', sortableTable([
      {name: 'configuration', of: (group) => group.label},
      ...claimColumn((group) => group),
      {name: 'VALID', of: (group) => group.counts.valid, show: (group) => `${group.counts.valid} of ${group.runs.length}`, number: true},
      ...(report.against ? [number(report.against, gateMean, gateValue)] : []),
      number('effect', of('effect', 'mean'), signed),
      ...(report.groups.some((group) => group.log_probability)
        ? [number('effect in %', of('effect', 'relative_increase_geometric'), percent)] : []),
      number('95 % interval', (group) => (of('effect', 'ci95')(group) || [null])[0], () => ''),
      number('p, paired t', of('effect', 'p_two_sided'), probability),
      number('p, sign flip', of('effect', 'sign_flip_p_two_sided'), probability),
      number('p, Holm', (group) => group.statistics && group.statistics.p_holm, probability),
      number(leakName, of('leak', 'mean'), signed),
      ...(report.groups.some((group) => group.log_probability)
        ? [number(leakName + ' in %', of('leak', 'relative_increase_geometric'), percent)] : []),
      number('control', of('control', 'mean'), signed),
      {name: 'unit', of: (group) => group.direction ? unitOf(group) : null},
    ].map((column) => column.name === '95 % interval'
      ? {...column, show: (group) => interval(of('effect', 'ci95')(group))} : column), report.groups));
  };

  const runTable = () => {
    const rows = report.groups.flatMap((group) => group.runs.map((run) =>
      ({group, ...run, gate: run.gates[report.against]})));
    const number = (name, key, show = signed) => ({name, of: (run) => run[key], show: (run) => show(run[key]), number: true});
    section('runs', 'Runs', sortableTable([
      {name: 'configuration', of: (run) => run.group.label},
      ...claimColumn((run) => run.group),
      {name: 'seed', of: (run) => run.seed, show: (run) => String(run.seed), number: true},
      {name: 'verdict', of: (run) => run.verdict,
        show: (run) => element('span', {class: 'verdict-' + run.verdict.replace(' ', '-')}, run.verdict)},
      ...(report.against ? [number(report.against, 'gate', gateValue)] : []),
      number(leakName, 'leak'), number('control', 'control_leak'), number('effect', 'effect'),
      {name: 'unit', of: (run) => run.group.direction ? unitOf(run.group) : null},
      {name: 'at step', of: (run) => run.step, show: (run) => run.step === null || run.step === undefined ? '–' : String(run.step), number: true},
      ...(report.groups.some(missedOf) ? [{name: 'waived and missed', of: missedOf}] : []),
      {name: 'why not VALID', of: (run) => (run.reasons || []).join('; ')},
      {name: 'folder', of: (run) => run.directory.split('/').slice(-1)[0],
        show: (run) => element('code', {title: run.directory}, run.directory.split('/').slice(-1)[0])},
    ], rows));
  };

  // What the numbers are, in a sentence or two.
  const meaning = (group) => {
    if (group.log_probability) {
      return group.above_chance
        ? 'Leak is the mean log-probability per token above chance, in nats; 0 is guessing.'
        : 'What is measured is the mean log-probability per token, in nats; the task has no level of chance.';
    }
    const measure = group.claim ? group.claim.measure : 'the probe';
    const unit = group.unit ? `in ${group.unit}` : 'in a unit that it does not say';
    const more = {larger: 'A larger value is more leak.', smaller: 'A smaller value is more leak.',
      either: 'A value farther from chance is more leak.'}[group.direction];
    const chance = !group.above_chance ? 'as it is; there is no level of chance'
      : group.direction === 'either' ? 'as its distance from chance' : 'above chance, which is 0';
    return `What ${measure} measures is given ${unit}, ${chance}. ${more}`;
  };

  const method = () => section('method', 'Method',
    ...[...new Set(report.groups.filter((group) => group.direction).map(meaning))].map((text) => element('p', {}, text)),
    element('p', {}, 'Where a claim reads a maximum over time (of what is more leak), which is biased upward, the ' +
      'control of never-trained text goes through the same: each side is taken at its own. The effect is the ' +
      'difference of the two sides within each run.'),
    element('p', {}, 'Seeds are the sample, not tokens or rows. Only VALID runs enter: a run whose gates failed, for ' +
      'instance because the useful text was never memorised, is no null result. Intervals and p are of the t ' +
      'distribution over seeds; the sign-flip test counts all 2ⁿ ways to flip the signs of the paired differences and ' +
      'so needs no distribution. With several configurations, Holm\'s p holds for all of them together.'));

  // "26,816; trained in suppress: 13,408": of each group, once.
  const parameterRows = () => {
    const grouped = (n) => n.toLocaleString('en');
    const texts = report.groups.map((group) => group.parameters).filter((counts) => counts)
      .map((counts) => grouped(counts.total) + '; trained in ' + Object.entries(counts.trained)
        .map(([phase, n]) => `${phase}: ${n === counts.total ? 'all' : grouped(n)}`).join(', '));
    return texts.length ? [['parameters', [...new Set(texts)].join(' / ')]] : [];
  };
  const madeWith = () => {
    const distinct = (key) => [...new Set(report.groups.map((group) => group[key]).filter((value) => value))].join(', ') || '–';
    section('made-with', 'Made with', sortableTable([
      {name: 'what', of: (row) => row[0]}, {name: 'is', of: (row) => row[1]},
    ], [['leakprobe', report.leakprobe], ['model', distinct('model')], ...parameterRows(), ['compute', distinct('compute')],
      ['device', distinct('device')], ['processor', distinct('cpu')]]));
  };

  headline();
  groupTable();
  runTable();
  method();
  madeWith();
  showFigures();
})();
