'use strict';
// What the judge found: subtasks, every testcase with its time and memory, compile log.
const Tests = (() => {
  const {h, textOf, omittedNote, number, bytes, memory, duration, badge, plural} = Dom;

  const kTestsAtFirst = 200;
  const kSignals = {
    4: 'SIGILL',
    5: 'SIGTRAP',
    6: 'SIGABRT',
    7: 'SIGBUS',
    8: 'SIGFPE',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    13: 'SIGPIPE',
    15: 'SIGTERM',
    24: 'SIGXCPU',
    25: 'SIGXFSZ',
    31: 'SIGSYS'
  };

  const ended = (test) => {
    if (test.signal !== 0)
      return `signal ${test.signal}${kSignals[test.signal] ? ` (${kSignals[test.signal]})` : ''}`;
    if (test.run_status && test.run_status !== 'exited') return test.run_status.replace(/_/g, ' ');
    return `exit ${test.exit_code}`;
  };

  // What the numbers say of chance: nothing where the verdict is clear.
  function stability(test, judgement) {
    if (!test.stability || test.stability === 'clear') return null;
    const again = test.cpu_times_us.slice(1);
    const inTime = again.filter((time) => time <= 1000 * judgement.time_limit_ms).length;
    const text = again.length > 0 ? `re-run ${inTime}/${again.length}` : test.stability;
    const title = again.length > 0 ?
        `Missed the time limit by little and was run again alone: ${
            inTime} of ${again.length} runs were within it.` :
        'Used so much of a limit that another run might differ.';
    return h('span', {class: 'stability', title}, text);
  }

  // A bar of use against limit; the numbers stand beside it.
  function meter(value, limit, text, over) {
    const bar = h('span', {class: `meter${over ? ' over' : ''}`, 'aria-hidden': 'true'}, h('span'));
    bar.firstChild.style.width = `${limit > 0 ? Math.min(100, (100 * value) / limit) : 0}%`;
    return h(
        'div', {
          class: 'use',
          title: limit > 0 ? `${((100 * value) / limit).toFixed(0)} % of the limit` : null
        },
        h('span', {class: 'figure-text'}, text), limit > 0 ? bar : null);
  }

  function textBlock(title, value) {
    const text = textOf(value);
    if (text === '') return null;
    return h(
        'section', {class: 'block'}, h('h4', null, title),
        h('pre', {class: 'output', tabindex: '0'}, text), omittedNote(value));
  }

  function moreAbout(test) {
    return h(
        'div', {class: 'more'},
        h('p', {class: 'muted'},
          `Wall time ${duration(test.wall_time_us / 1000)}, run status ${
              test.run_status.replace(/_/g, ' ') ||
              'unknown'}, exit code ${test.exit_code}, signal ${test.signal}`,
          test.points !== null ? `, ${number(test.points)} points` : '',
          test.passes > 1 ? `, ${number(test.passes)} passes` : '', '.'),
        test.cpu_times_us && test.cpu_times_us.length > 0 ?
            h('p', {class: 'muted'},
              `CPU times of all runs: ${
                  test.cpu_times_us.map((time) => duration(time / 1000)).join(', ')}.`) :
            null,
        textBlock('Interaction (beginning; < is what it read, > what it wrote)', test.transcript),
        textBlock('Checker message', test.checker_message),
        textBlock('Standard error', test.standard_error),
        textBlock('Output (excerpt)', test.output_excerpt));
  }

  function rows(test, judgement, columns) {
    const message = textOf(test.checker_message).split('\n')[0];
    const toggle =
        h('button', {type: 'button', class: 'expand', 'aria-expanded': 'false'},
          h('span', {class: 'arrow', 'aria-hidden': 'true'}, '▸'), test.testcase);
    const detail = h('tr', {class: 'detail', hidden: true}, h('td', {colspan: String(columns)}));
    const flip = () => {
      const opening = detail.hidden;
      if (opening && !detail.firstChild.hasChildNodes()) detail.firstChild.append(moreAbout(test));
      detail.hidden = !opening;
      toggle.setAttribute('aria-expanded', String(opening));
    };
    toggle.addEventListener('click', flip);
    const cpu = test.cpu_time_us / 1000;
    const row = h(
        'tr', {class: 'test'}, h('th', {scope: 'row'}, toggle), h('td', null, badge(test.verdict), stability(test, judgement)),
        columns === 7 ?
            h('td', {class: 'to-right'}, test.points === null ? '–' : number(test.points)) :
            null,
        h('td', null, meter(cpu, judgement.time_limit_ms, duration(cpu), test.verdict === 'TLE')),
        h('td', null,
          test.memory_bytes === null ? h('span', {class: 'muted'}, 'not measured') :
                                       meter(
                                           test.memory_bytes, judgement.memory_limit_bytes,
                                           memory(test.memory_bytes), test.verdict === 'MLE')),
        h('td', {class: 'nowrap'}, ended(test)),
        h('td', {class: 'message'}, message.length > 160 ? `${message.slice(0, 160)}…` : message));
    row.addEventListener('click', (event) => {
      if (!event.target.closest('button') && String(getSelection()) === '') flip();
    });
    return [row, detail];
  }

  function table(judgement) {
    const {tests} = judgement;
    if (tests.length === 0) return h('p', {class: 'muted'}, 'No testcase was run.');
    const hasPoints = tests.some((test) => test.points !== null);
    const limits = [
      judgement.time_limit_ms > 0 ? `limit ${duration(judgement.time_limit_ms)}` : '',
      judgement.memory_limit_bytes > 0 ? `limit ${bytes(judgement.memory_limit_bytes)}` : ''
    ];
    const body = h('tbody');
    const add = (from, to) => {
      for (const test of tests.slice(from, to))
        body.append(...rows(test, judgement, hasPoints ? 7 : 6));
    };
    add(0, kTestsAtFirst);
    const heading = (text, small, align) =>
        h('th', {scope: 'col', class: align || null}, text,
          small ? h('small', null, ` ${small}`) : null);
    const whole = h(
        'div', {class: 'scroll-x'},
        h('table', {class: 'plain tests'},
          h('thead', null,
            h('tr', null, heading('testcase'), heading('verdict'),
              hasPoints ? heading('points', '', 'to-right') : null, heading('CPU time', limits[0]),
              heading('memory', limits[1]), heading('ended'), heading('message'))),
          body));
    if (tests.length <= kTestsAtFirst) return whole;
    const more =
        h('button', {type: 'button'},
          `Show the other ${number(tests.length - kTestsAtFirst)} testcases`);
    more.addEventListener('click', () => {
      add(kTestsAtFirst, tests.length);
      more.remove();
    });
    return [whole, more];
  }

  function subtasks(judgement) {
    if (judgement.subtasks.length < 2) return null;
    return h(
        'section', {class: 'block'}, h('h3', null, 'Subtasks'),
        h('div', {class: 'scroll-x'},
          h('table', {class: 'plain'},
            h('thead', null,
              h('tr', null, h('th', {scope: 'col'}, 'subtask'), h('th', {scope: 'col'}, 'verdict'),
                h('th', {scope: 'col', class: 'to-right'}, 'points'))),
            h('tbody', null,
              judgement.subtasks.map(
                  (subtask) =>
                      h('tr', null, h('th', {scope: 'row'}, subtask.subtask),
                        h('td', null, badge(subtask.verdict)),
                        h('td', {class: 'to-right'}, number(subtask.points),
                          subtask.points_max === null ? '' :
                                                        ` of ${number(subtask.points_max)}`)))))));
  }

  function compileLog(judgement) {
    if (textOf(judgement.compile_log).trim() === '') return null;
    return h(
        'details', {class: 'block', open: judgement.verdict === 'CE'},
        h('summary', null, h('h3', null, 'Compile log')),
        h('pre', {class: 'output', tabindex: '0'}, textOf(judgement.compile_log)),
        omittedNote(judgement.compile_log));
  }

  function draw(judgement) {
    const passed = judgement.tests.filter((test) => test.verdict === 'AC').length;
    return [
      subtasks(judgement),
      h('section', {class: 'block'},
        h('h3', null, 'Testcases',
          judgement.tests.length > 0 ?
              h('small', null,
                ` ${number(passed)} of ${plural(judgement.tests.length, 'run', 'run')} accepted`) :
              null),
        table(judgement)),
      compileLog(judgement)
    ];
  }

  return {draw};
})();
