'use strict';
// The problem x attempt table: drawn in pieces, sorted, filtered, walked with the arrow keys.
const Grid = (() => {
  const {h, byId, number, plural, badge, chunked} = Dom;

  const kFirstRows = 60;  // fills any screen
  const kRowsPerStep = 150;

  let data = null;
  let rows = [];  // {problem, element, cells: [button], text}, in plan order
  let sort = {key: 'plan', down: false};
  const wanted = new Set();  // verdict codes, '--' for not judged, '~' for truncated
  let open = () => {};
  let current = null;  // the one button in the tab order

  const codeOf = (cell) => cell[1] || '--';
  const matchesCell = (cell) => wanted.has(codeOf(cell)) || (wanted.has('~') && cell[2] === 1);
  const meaningOf = (code) =>
      (code === '--' ? 'not judged' : data.verdicts.find(([name]) => name === code)[1]);

  const accepted = (problem) => problem.cells.filter((cell) => cell[1] === 'AC').length;

  function label(problem, cell) {
    const points =
        problem.is_scoring ? `, ${number(cell[3])} of ${number(problem.points_max)} points` : '';
    return `${problem.title || problem.id}, attempt ${cell[0]}: ${meaningOf(codeOf(cell))}${
        points}${cell[2] ? ', reply truncated' : ''}`;
  }

  function cellButton(problem, cell) {
    const text = label(problem, cell);
    return h(
        'button', {
          type: 'button',
          tabindex: '-1',
          class: `cell v v-${cell[1] || 'none'}${cell[2] ? ' cut' : ''}`,
          title: text,
          'aria-label': text
        },
        codeOf(cell),
        problem.is_scoring && cell[1] === 'PC' ? h('small', null, number(cell[3], 1)) : null);
  }

  function rateBar(problem) {
    const bar = h('span', {class: 'rate', 'aria-hidden': 'true'}, h('span'));
    bar.firstChild.style.width =
        `${100 * (problem.cells.length ? accepted(problem) / problem.cells.length : 0)}%`;
    return bar;
  }

  function makeRow(row, hasPoints) {
    const {problem} = row;
    const rate = problem.solve_rate;
    row.cells = problem.cells.map((cell) => cellButton(problem, cell));
    const name =
        h('button',
          {type: 'button', class: 'name', title: `Statement of ${problem.title || problem.id}`},
          problem.title || problem.id);
    row.name = name;
    return h(
        'tr', null, h('th', {scope: 'row'}, name, h('span', {class: 'muted sub'}, problem.id)),
        h('td', {
          class: 'solved',
          title: rate.n > 0 ? `95 % interval ${(100 * rate.low).toFixed(0)} % to ${
                                  (100 * rate.high).toFixed(0)} % (${rate.method})` :
                              null
        },
          `${accepted(problem)}/${problem.cells.length}`, rateBar(problem)),
        hasPoints ? h('td', {class: 'nowrap'},
                      problem.is_scoring ?
                          [
                            number(problem.best_points),
                            h('span', {class: 'muted'}, ` / ${number(problem.points_max)}`)
                          ] :
                          '–') :
                    null,
        h('td', {class: 'cells'}, h('div', {class: 'cell-row'}, row.cells)));
  }

  const kOrders = {
    plan: (a, b) => a.index - b.index,
    name: (a, b) => (a.problem.title || a.problem.id)
                        .localeCompare(b.problem.title || b.problem.id, 'en', {numeric: true}),
    solved: (a, b) => b.problem.solve_rate.value - a.problem.solve_rate.value ||
        accepted(b.problem) - accepted(a.problem),
    points: (a, b) => b.problem.best_points - a.problem.best_points,
  };

  function sorted() {
    const list = [...rows].sort((a, b) => kOrders[sort.key](a, b) || a.index - b.index);
    return sort.down ? list.reverse() : list;
  }

  function header(hasPoints) {
    const column = (key, text) => {
      const button = h('button', {type: 'button', class: 'sort'}, text);
      const cell = h('th', {scope: 'col', class: `${key}-column`, 'data-key': key}, button);
      button.addEventListener('click', () => {
        if (sort.key !== key)
          sort = {key, down: false};
        else if (!sort.down)
          sort = {key, down: true};
        else
          sort = {key: 'plan', down: false};
        markSort();
        byId('rows').replaceChildren(...sorted().map((row) => row.element).filter(Boolean));
      });
      return cell;
    };
    const head = byId('head');
    head.append(column('name', 'Problem'), column('solved', 'Solved'));
    if (hasPoints) head.append(column('points', 'Points'));
    head.append(h('th', {scope: 'col'}, 'Attempts'));
  }

  function markSort() {
    for (const cell of byId('head').querySelectorAll('[data-key]')) {
      if (cell.dataset.key === sort.key)
        cell.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
      else
        cell.removeAttribute('aria-sort');
    }
  }

  function applyToRow(row, words) {
    const cellsMatch = wanted.size === 0 || row.problem.cells.some(matchesCell);
    row.visible = cellsMatch && words.every((word) => row.text.includes(word));
    if (!row.element) return;
    row.element.hidden = !row.visible;
    row.cells.forEach(
        (button, i) =>
            button.classList.toggle('dim', wanted.size > 0 && !matchesCell(row.problem.cells[i])));
  }

  function apply() {
    const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      applyToRow(row, words);
      if (row.visible) shown += 1;
    }
    byId('shown').textContent = shown === rows.length ?
        plural(rows.length, 'problem') :
        `${number(shown)} of ${plural(rows.length, 'problem')}`;
    byId('nothing').hidden = shown > 0;
  }

  function chips() {
    const counts = new Map();
    for (const row of rows) {
      for (const cell of row.problem.cells) {
        counts.set(codeOf(cell), (counts.get(codeOf(cell)) || 0) + 1);
        if (cell[2]) counts.set('~', (counts.get('~') || 0) + 1);
      }
    }
    const order = [...data.verdicts.map(([code]) => code), '--', '~'];
    for (const code of order.filter((one) => counts.has(one))) {
      const shown = code === '~' ? h('span', {class: 'v v-none cut'}, 'truncated') :
                                   badge(code === '--' ? null : code);
      const chip =
          h('button', {
            type: 'button',
            class: 'chip',
            'aria-pressed': 'false',
            'data-code': code,
            title: code === '~' ? 'the reply was cut off by the token limit' : meaningOf(code)
          },
            shown, number(counts.get(code)));
      chip.addEventListener('click', () => {
        if (!wanted.delete(code)) wanted.add(code);
        chip.setAttribute('aria-pressed', String(wanted.has(code)));
        apply();
      });
      byId('chips').append(chip);
    }
  }

  function focusCell(button) {
    if (!button) return;
    if (current) current.tabIndex = -1;
    current = button;
    button.tabIndex = 0;
    button.focus();
  }

  function onKey(event) {
    const button = event.target.closest('.cell');
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = button.closest('tr');
    const at = [...line.querySelectorAll('.cell')].indexOf(button);
    const inLine = (tr, i) => {
      const cells = tr.querySelectorAll('.cell');
      return cells[Math.min(i, cells.length - 1)];
    };
    const visible = (tr, step) => {
      let next = tr;
      do next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
      while (next && next.hidden);
      return next;
    };
    const moves = {
      ArrowRight: () => inLine(line, at + 1),
      ArrowLeft: () => inLine(line, Math.max(0, at - 1)),
      Home: () => inLine(line, 0),
      End: () => inLine(line, 1e9),
      ArrowDown: () => {
        const next = visible(line, 1);
        return next && inLine(next, at);
      },
      ArrowUp: () => {
        const next = visible(line, -1);
        return next && inLine(next, at);
      },
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    focusCell(moves[event.key]());
  }

  function onClick(event) {
    const cell = event.target.closest('.cell');
    const name = event.target.closest('.name');
    if (!cell && !name) return;
    const row = rows.find((one) => one.element === event.target.closest('tr'));
    if (cell) {
      focusCell(cell);
      open(row.problem, row.problem.cells[row.cells.indexOf(cell)][0]);
    } else {
      open(row.problem, null);
    }
  }

  function draw(all, opener) {
    data = all;
    open = opener;
    rows =
        data.problems.map((problem, index) => ({
                            problem,
                            index,
                            element: null,
                            cells: [],
                            visible: true,
                            text: `${problem.id} ${problem.title} ${problem.source}`.toLowerCase()
                          }));
    const hasPoints = data.problems.some((problem) => problem.is_scoring);
    header(hasPoints);
    chips();
    const body = byId('rows');
    body.addEventListener('click', onClick);
    body.addEventListener('keydown', onKey);
    byId('search').addEventListener('input', apply);
    apply();
    // Rows drawn after a sort or filter has been chosen take part in it.
    chunked(rows, kFirstRows, kRowsPerStep, (row) => {
      row.element = makeRow(row, hasPoints);
      applyToRow(row, byId('search').value.toLowerCase().split(/\s+/).filter(Boolean));
      body.append(row.element);
      if (!current && row.cells.length > 0) {
        current = row.cells[0];
        current.tabIndex = 0;
      }
      if (row.index === rows.length - 1 && sort.key !== 'plan')
        body.replaceChildren(...sorted().map((one) => one.element));
    });
  }

  // The problem `step` visible rows from `problem` in the order shown.
  function neighbour(problem, step) {
    const shown = sorted().filter((row) => row.visible);
    const at = shown.findIndex((row) => row.problem === problem);
    return at < 0 || !shown[at + step] ? null : shown[at + step].problem;
  }

  function focusAttempt(problem, index) {
    const row = rows.find((one) => one.problem === problem);
    if (!row || !row.element) return;
    const at = row.problem.cells.findIndex((cell) => cell[0] === index);
    if (at >= 0)
      focusCell(row.cells[at]);
    else
      row.name.focus();
  }

  return {draw, neighbour, focusAttempt};
})();
