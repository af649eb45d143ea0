'use strict';
// The sheet that opens over the grid: everything about one attempt, one tab at a time.
const Detail = (() => {
  const {h, byId, readJson, textOf, omittedNote, number, bytes, duration, badge, plural} = Dom;

  const kTabs = [
    ['result', 'Result'], ['turns', 'Turns'], ['code', 'Code'], ['reply', 'Reply'], ['prompt', 'Prompt'],
    ['statement', 'Statement'], ['record', 'Record']
  ];

  let data = null;
  let navigate = () => {};
  let shown = null;          // {problem, index, tab}
  const parsed = new Map();  // problem number -> its data block; the last few are kept
  const kParsedMax = 8;

  function detailsOf(problem) {
    const at = data.problems.indexOf(problem);
    if (!parsed.has(at)) {
      if (parsed.size >= kParsedMax) parsed.delete(parsed.keys().next().value);
      parsed.set(at, readJson(`data-problem-${at}`));
    }
    return parsed.get(at);
  }

  // A text with a switch between rendered and raw; `render` is called when first needed.
  function switchable(value, render, name) {
    const text = textOf(value);
    const body = h('div');
    const buttons = ['Rendered', 'Raw'].map(
        (mode, i) =>
            h('button', {
              type: 'button',
              class: 'seg',
              'aria-pressed': String(i === 0),
              onclick: () => show(mode)
            },
              mode));
    const show = (mode) => {
      buttons.forEach(
          (button) => button.setAttribute('aria-pressed', String(button.textContent === mode)));
      body.replaceChildren(
          mode === 'Raw' ? h('pre', {class: 'output raw', tabindex: '0'}, text) : render(text));
    };
    show('Rendered');
    return h(
        'div', {class: 'switchable'},
        h('div', {class: 'segments', role: 'group', 'aria-label': `How to show the ${name}`},
          buttons, copyButton(text)),
        body, omittedNote(value));
  }

  function copyButton(text) {
    if (!navigator.clipboard) return null;
    const button = h('button', {type: 'button', class: 'quiet copy'}, 'Copy');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch (error) {
        button.textContent = 'Copying is not allowed here';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
    return button;
  }

  function errorCard(error) {
    return h(
        'div', {class: 'notice bad'},
        h('p', null, h('strong', null, `${error.stage}, try ${error.try_number}: `),
          textOf(error.what)),
        textOf(error.where) ?
            h('p', null, h('span', {class: 'muted'}, 'where: '), textOf(error.where)) :
            null,
        textOf(error.help) ?
            h('p', null, h('span', {class: 'muted'}, 'help: '), textOf(error.help)) :
            null,
        h('p', {class: 'muted'}, `${error.code}, ${Dom.utc(error.at)}`));
  }

  const fact = (name, value) =>
      (value === null || value === '' || value === undefined ?
           null :
           h('div', null, h('dt', null, name), h('dd', null, value)));

  function resultFacts(problem, attempt) {
    const {judgement} = attempt;
    const tests = judgement ? judgement.tests : [];
    const memory = tests.map((test) => test.memory_bytes).filter((value) => value !== null);
    const limit = (value, text) => (value > 0 ? h('span', {class: 'muted'}, ` of ${text}`) : '');
    return h(
        'dl', {class: 'facts tiles'},
        problem.is_scoring ? fact(
                                 'Points',
                                 [
                                   number(attempt.points),
                                   h('span', {class: 'muted'}, ` of ${number(problem.points_max)}`)
                                 ]) :
                             null,
        judgement ? fact('Language', judgement.language) : null,
        tests.length > 0 ?
            fact(
                'Slowest testcase',
                [
                  duration(Math.max(...tests.map((test) => test.cpu_time_us)) / 1000),
                  limit(judgement.time_limit_ms, duration(judgement.time_limit_ms))
                ]) :
            null,
        memory.length > 0 ?
            fact(
                'Memory peak',
                [
                  Dom.memory(Math.max(...memory)),
                  limit(judgement.memory_limit_bytes, bytes(judgement.memory_limit_bytes))
                ]) :
            null,
        fact('Generated in', attempt.generation_ms > 0 ? duration(attempt.generation_ms) : null),
        fact('Tokens', attempt.completion_tokens === null ? null : [
          number(attempt.completion_tokens),
          h('span', {class: 'muted'},
            ` out, ${attempt.prompt_tokens === null ? '?' : number(attempt.prompt_tokens)} in`)
        ]));
  }

  const kTruncated =
      'The reply was cut off by the token limit: it is not what the model would have said.';

  const draws = {
    result: (problem, attempt) =>
        [attempt.truncated ? h('p', {class: 'notice warn'}, kTruncated) : null,
         attempt.errors.map(errorCard),
         resultFacts(problem, attempt),
         attempt.judgement ? Tests.draw(attempt.judgement) :
                             h('p', {class: 'muted'},
                               attempt.verdict ? 'There is no judgement of this attempt.' :
                                                 'This attempt has not been judged.'),
  ],
    code: (problem, attempt) =>
        (attempt.sources.length === 0 ?
             h('p', {class: 'muted'},
               problem.kind === 'patch' ? 'No patch was handed in.' :
                                          'No program was found in the reply.') :
             [
               h('p', {class: 'muted'},
                 `Taken from the reply by the rule ${attempt.extraction_rule || 'unknown'}.`),
               attempt.sources.map(
                   (source) =>
                       h('section', {class: 'block'},
                         h('div', {class: 'code-head'}, h('h3', null, source.name),
                           h('span', {class: 'muted'}, source.language),
                           copyButton(textOf(source.content))),
                         Typeset.numberedCode(textOf(source.content), source.language),
                         omittedNote(source.content)))
             ]),
    turns: (problem, attempt) => Trajectory.draw(attempt.turns),
    reply: (problem, attempt) =>
        [attempt.truncated ? h('p', {class: 'notice warn'}, kTruncated) : null,
         attempt.reasoning === null ? null : reasoning(attempt.reasoning),
         textOf(attempt.reply) === '' ? h('p', {class: 'muted'}, 'The model wrote nothing.') :
                                        switchable(attempt.reply, Markdown.render, 'reply'),
         attempt.finish_reason ? h('p', {class: 'muted'}, `Finished: ${attempt.finish_reason}.`) :
                                 null],
    prompt: (problem, attempt, details) => details.prompts[attempt.prompt].map(
        (message) =>
            h('section', {class: 'block message-card'}, h('h3', null, message.role),
              switchable(message.content, Markdown.render, 'message'))),
    statement: (problem, attempt, details) => statement(problem, details),
    record: (problem, attempt) => record(problem, attempt),
  };

  function reasoning(value) {
    const body = h('div');
    const holder =
        h('details', {class: 'block reasoning'},
          h('summary', null, h('h3', null, 'Reasoning'),
            h('small', null, ` ${bytes(new Blob([textOf(value)]).size)}`)),
          body);
    holder.addEventListener('toggle', () => {
      if (holder.open && !body.hasChildNodes())
        body.append(switchable(value, Markdown.render, 'reasoning'));
    });
    return holder;
  }

  function statement(problem, details) {
    const facts_ = h('p', {class: 'muted'}, [
      problem.source,
      problem.time_limit_ms > 0 ? `time limit ${duration(problem.time_limit_ms)}` : '',
      problem.memory_limit_bytes > 0 ? `memory limit ${bytes(problem.memory_limit_bytes)}` : '',
      problem.testcase_count > 0 ? plural(problem.testcase_count, 'testcase') : ''
    ].filter(Boolean).join(' · '));
    if (textOf(details.statement).trim() === '')
      return [
        facts_,
        h('p', {class: 'muted'},
          details.statement_format === 'pdf' ?
              'The statement is a PDF, which is not in this file.' :
              'There is no statement.')
      ];
    const render = {markdown: Markdown.render, latex: Latex.render}[details.statement_format] ||
        ((text) => h('pre', {class: 'output'}, text));
    return [facts_, switchable(details.statement, render, 'statement')];
  }

  function record(problem, attempt) {
    const {judgement} = attempt;
    return h(
        'dl', {class: 'facts'}, fact('Problem', problem.id), fact('Kind', problem.kind),
        fact('Attempt', String(attempt.index)), fact('State', attempt.state),
        fact('Seed', attempt.seed), fact('Finish reason', attempt.finish_reason),
        fact(
            'Tokens',
            `${attempt.prompt_tokens ?? 'unknown'} in, ${
                attempt.completion_tokens ?? 'unknown'} out`),
        fact('Generation time', duration(attempt.generation_ms)),
        fact('Generation fingerprint', attempt.generation_fingerprint),
        fact('Extraction rule', attempt.extraction_rule),
        fact(
            'Judgements',
            attempt.judgement_count > 1 ? `${attempt.judgement_count}; the latest counts` :
                                          String(attempt.judgement_count)),
        judgement ?
            [
              fact('Judgement fingerprint', judgement.fingerprint),
              fact('From the verdict cache', judgement.from_cache ? 'yes' : 'no'),
              fact('Detail', textOf(judgement.detail))
            ] :
            null);
  }

  function tabs(problem, attempt, details) {
    const body = h('div', {class: 'tab-body', role: 'tabpanel', tabindex: '0', id: 'tab-body'});
    const counts = {
      code: attempt ? attempt.sources.length : 0,
      turns: attempt ? attempt.turns.length : 0,
      result: attempt && attempt.judgement ? attempt.judgement.tests.length : 0
    };
    const available = !attempt ? [['statement', 'Statement']] :
        kTabs.filter(([key]) => key !== 'turns' || counts.turns > 0);
    if (!available.some(([key]) => key === shown.tab)) shown.tab = available[0][0];
    const buttons = available.map(
        ([key, text]) =>
            h('button', {
              type: 'button',
              role: 'tab',
              id: `tab-${key}`,
              'aria-controls': 'tab-body',
              onclick: () => select(key, false)
            },
              text, counts[key] > 1 ? h('small', null, number(counts[key])) : null));
    const select = (key, focus) => {
      shown.tab = key;
      available.forEach(([one], i) => {
        buttons[i].setAttribute('aria-selected', String(one === key));
        buttons[i].tabIndex = one === key ? 0 : -1;
        if (one === key && focus) buttons[i].focus();
      });
      body.setAttribute('aria-labelledby', `tab-${key}`);
      body.replaceChildren();
      Dom.append(body, [draws[key](problem, attempt, details)]);
    };
    const strip =
        h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Parts of the attempt'}, buttons);
    strip.addEventListener('keydown', (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const at = available.findIndex(([key]) => key === shown.tab);
      select(available[(at + step + available.length) % available.length][0], true);
    });
    select(shown.tab, false);
    return [strip, body];
  }

  function attemptStrip(problem, index) {
    return h(
        'nav', {class: 'strip', 'aria-label': 'Attempts of this problem'},
        problem.cells.map(
            (cell) =>
                h('button', {
                  type: 'button',
                  class: `cell v v-${cell[1] || 'none'}${cell[2] ? ' cut' : ''}`,
                  'aria-current': cell[0] === index ? 'true' : null,
                  'aria-label': `attempt ${cell[0]}, ${cell[1] || 'not judged'}${
                      cell[2] ? ', truncated' : ''}`,
                  onclick: () => navigate(problem, cell[0])
                },
                  cell[1] || '--')));
  }

  function head(problem, attempt) {
    const close =
        h('button', {
          type: 'button',
          class: 'quiet close',
          'aria-label': 'Close',
          title: 'Close (Esc)',
          onclick: () => byId('sheet').close()
        },
          '✕');
    const step = (by, text, mark) =>
        h('button', {
          type: 'button',
          class: 'quiet',
          title: text,
          'aria-label': text,
          disabled: !Grid.neighbour(problem, by),
          onclick: () => moveProblem(by)
        },
          mark);
    return h(
        'header', {class: 'sheet-head'},
        h('div', {class: 'sheet-title'},
          attempt ? badge(attempt.verdict, `big${attempt.truncated ? ' cut' : ''}`) : null,
          h('div', null, h('h2', {id: 'sheet-title'}, problem.title || problem.id),
            h('p', {class: 'muted'}, problem.id, attempt ? ` · attempt ${attempt.index}` : '')),
          h('div', {class: 'sheet-buttons'}, step(-1, 'Previous problem (k)', '↑'),
            step(1, 'Next problem (j)', '↓'), close)),
        attempt && attempt.explanation ? h('p', {class: 'why'}, attempt.explanation) : null,
        attemptStrip(problem, attempt ? attempt.index : null));
  }

  function open(problem, index) {
    const details = detailsOf(problem);
    const attempt = details.attempts.find((one) => one.index === index) || null;
    const changed = !shown || shown.problem !== problem;
    shown = {
      problem,
      index: attempt ? index : null,
      tab: shown && attempt ? (changed && shown.tab === 'statement' ? 'result' : shown.tab) :
          attempt           ? 'result' :
                              'statement'
    };
    const sheet = byId('sheet');
    sheet.replaceChildren(head(problem, attempt), ...tabs(problem, attempt, details));
    if (!sheet.open) sheet.showModal();
    sheet.scrollTop = 0;
    const here = sheet.querySelector('.strip [aria-current]');
    (here || sheet.querySelector('.close')).focus({preventScroll: true});
  }

  function moveProblem(by) {
    const next = Grid.neighbour(shown.problem, by);
    if (next) navigate(next, shown.index === null ? null : (next.cells[0] || [null])[0]);
  }

  function moveAttempt(by) {
    const {cells} = shown.problem;
    const at = cells.findIndex((cell) => cell[0] === shown.index);
    const next = cells[at + by];
    if (next) navigate(shown.problem, next[0]);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey ||
        event.target.closest('input, .scroll-x, pre, .numbered'))
      return;
    const moves = {
      ArrowRight: () => moveAttempt(1),
      ArrowLeft: () => moveAttempt(-1),
      j: () => moveProblem(1),
      k: () => moveProblem(-1)
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    moves[event.key]();
  }

  function start(all, navigator_, closed) {
    data = all;
    navigate = navigator_;
    const sheet = byId('sheet');
    sheet.addEventListener('keydown', onKey);
    sheet.addEventListener('click', (event) => {
      if (event.target === sheet) sheet.close();
    });  // the backdrop
    sheet.addEventListener('close', () => {
      // The event comes late: something else may have been opened, or opened and closed, meanwhile.
      if (sheet.open || !shown) return;
      const last = shown;
      shown = null;
      sheet.replaceChildren();
      closed(last);
      Grid.focusAttempt(last.problem, last.index);
    });
  }

  return {start, open};
})();
