'use strict';
// The form a person marks proofs in, and the report of all marks; which of the two is in the data.
const Grading = (() => {
  const {h, byId, readJson, number} = Dom;
  const data = readJson('data-grading');
  let dirty = false;

  const renderers = {markdown: Markdown.render, latex: Latex.render};
  const text = (value, format) =>
      (renderers[format] || ((raw) => h('pre', {class: 'output'}, raw)))(value);
  const prose = (title, value, format = 'markdown') =>
      (value === '' ? null : [h('h3', null, title), text(value, format)]);
  const points = (value) => (value === null ? '–' : number(value));

  // --- the form

  function marks(item) {
    const values = [];
    for (let mark = 0; mark <= item.points_max; mark += 1) values.push(mark);
    return h(
        'fieldset', {class: 'grading-marks'}, h('legend', null, `Mark, of ${item.points_max}`),
        values.map((mark) => h('label', null, h('input', {
                                 type: 'radio',
                                 name: `mark-${item.code}`,
                                 value: String(mark),
                                 onchange: touched,
                               }), ` ${mark}`)));
  }

  function part(item, rubric, index) {
    return h(
        'label', {class: 'grading-part'}, h('input', {
          type: 'number',
          min: '0',
          max: String(rubric.points),
          step: '1',
          'data-part': String(index + 1),
          oninput: touched,
        }),
        h('span', null, h('strong', null, `${index + 1}. ${rubric.title}`),
          ` (${number(rubric.points)})`, rubric.description === '' ? null : text(rubric.description, 'markdown')));
  }

  function formItem(item, index) {
    return h(
        'section', {class: 'panel grading-item', id: `item-${item.code}`},
        h('h2', null, `Proof ${index + 1} of ${data.items.length}: ${item.problem}`),
        h('div', {class: 'grading-columns'},
          h('div', null, prose('Problem', item.statement, item.statement_format),
            h('h3', null, 'Proof'), text(item.proof, 'markdown')),
          h('div', {class: 'grading-side'}, prose('Guidelines', item.guidelines),
            item.parts.length === 0 ? null :
                                      [h('h3', null, 'Marking scheme'),
                                       item.parts.map((rubric, at) => part(item, rubric, at))],
            marks(item), h('textarea', {
              class: 'grading-comment',
              placeholder: 'What is proved, and the first thing that is wrong or missing',
              'aria-label': 'Comment',
              oninput: touched,
            }),
            item.reference_solution === '' ?
                null :
                h('details', null, h('summary', null, 'Reference solution'),
                  text(item.reference_solution, 'markdown')))));
  }

  function touched() {
    dirty = true;
    const done = collect().marks.length;
    byId('progress').textContent = `${done} of ${data.items.length} marked`;
  }

  // What is entered, as the file that is saved holds it.
  function collect() {
    const entered = [];
    for (const item of data.items) {
      const section = byId(`item-${item.code}`);
      const chosen = section.querySelector('input[type=radio]:checked');
      if (!chosen) continue;
      const parts = [];
      for (const input of section.querySelectorAll('input[data-part]')) {
        if (input.value !== '') parts.push([Number(input.dataset.part), Number(input.value)]);
      }
      const comment = section.querySelector('textarea').value;
      entered.push({code: item.code, points: Number(chosen.value), parts, comment});
    }
    return {format: 'evalctl-marks-1', form: data.form, grader: data.grader, marks: entered};
  }

  function save() {
    const content = JSON.stringify(collect(), null, 2) + '\n';
    const url = URL.createObjectURL(new Blob([content], {type: 'application/json'}));
    h('a', {href: url, download: `marks-${data.form}.json`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    dirty = false;
  }

  function drawForm() {
    byId('heading').textContent = data.title;
    byId('subheading').textContent = `Marks by ${data.grader}`;
    byId('actions').append(
        h('p', {class: 'status', id: 'progress', 'aria-live': 'polite'},
          `0 of ${data.items.length} marked`),
        h('button', {type: 'button', id: 'save', onclick: save}, 'Save marks'));
    byId('content').append(...data.items.map(formItem));
    window.addEventListener('beforeunload', (event) => {
      if (dirty) event.preventDefault();
    });
  }

  // --- the report

  function table() {
    const head = ['', ...data.problems, 'Total', 'Award'];
    const row = (entry) => h(
        'tr', null, h('td', null, entry.name), entry.marks.map((mark) => h('td', null, points(mark))),
        h('td', null, number(entry.total)),
        h('td', null, [entry.award, entry.note].filter((word) => word !== '').join(', ')));
    return h(
        'section', {class: 'panel'}, h('h2', null, data.contest || 'Marks'),
        h('table', {class: 'grading-table', id: 'marks'},
          h('thead', null, h('tr', null, head.map((name) => h('th', {scope: 'col'}, name)))),
          h('tbody', null, data.rows.map(row))));
  }

  function forecast(entry) {
    const chances = entry.awards.map(([name, p]) => `${name} ${number(100 * p, 0)} %`).join(', ');
    return h(
        'p', null, `${entry.row}: total ${entry.low} to ${entry.high} (95 %), mean ${
                       number(entry.mean, 1)}${chances === '' ? '' : '; ' + chances}`);
  }

  function card(entry) {
    return h(
        'div', null, h('h3', null, entry.grader),
        h('p', {class: 'muted'}, `${entry.proofs} proofs of ${entry.set} marked by people; ${
                                     entry.without_mark} without a mark; canaries passed: ${
                                     entry.canaries_passed} of ${entry.canaries}`),
        h('dl', {class: 'facts'},
          entry.figures.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value)))));
  }

  function attempt(entry) {
    const mark = (view) => h(
        'div', null, h('h4', null, `${view.grader}: ${view.points === null ? view.status : points(view.points)}`),
        view.parts.length === 0 ?
            null :
            h('p', {class: 'muted'}, view.parts.map(([name, value]) => `${name}: ${points(value)}`).join('; ')),
        text(view.comment, 'markdown'));
    return h(
        'section', {class: 'panel grading-item'},
        h('h2', null, `${entry.problem}, attempt ${entry.attempt}: ${points(entry.points)} of ${
                          number(entry.points_max)}`),
        h('p', {class: 'muted'}, entry.detail),
        entry.parts.length === 0 ?
            null :
            h('p', null, entry.parts.map(([name, value]) => `${name}: ${points(value)}`).join('; ')),
        h('div', {class: 'grading-comments'}, entry.marks.map(mark)),
        h('details', null, h('summary', null, 'Proof'), text(entry.proof, 'markdown')));
  }

  function drawReport() {
    byId('heading').textContent = data.suite;
    byId('subheading').textContent = `${data.model} · run ${data.run_id}`;
    byId('content').append(
        ...data.warnings.map((warning) => h('p', {class: 'notice'}, warning)), table(),
        h('section', {class: 'panel'}, h('h2', null, 'What the cards of the graders make of it'),
          data.forecasts.map(forecast),
          data.cards.length === 0 ? h('p', null, 'No grader of this run has a card.') :
                                    data.cards.map(card)),
        h('h2', null, 'Proofs, the greatest disagreement first'), ...data.attempts.map(attempt));
  }

  if (data.kind === 'form')
    drawForm();
  else
    drawReport();

  return {collect};
})();
