'use strict';
// The upper part of the page: headline, medal, verdict counts, metrics, facts of the run.
const Summary = (() => {
  const {h, byId, append, number, badge, plural, utc} = Dom;

  const isRate = (metric) => metric.maximum === 1;
  const onScale = (metric, value) =>
      (isRate(metric) ? `${(value * 100).toFixed(1)} %` : number(value));
  const hasInterval = (metric) => metric.n > 0;
  const hasBounds = (metric) => metric.lower_bound !== metric.upper_bound;
  const share = (metric, value) =>
      `${Math.max(0, Math.min(100, (100 * value) / (metric.maximum || 1)))}%`;

  const between = (metric, low, high) => `${onScale(metric, low)} to ${onScale(metric, high)}`;

  // Of points an estimate knows tenths at most.
  const interval = (metric) => (isRate(metric) ?
                                    between(metric, metric.low, metric.high) :
                                    `${metric.low.toFixed(1)} to ${metric.high.toFixed(1)}`);

  // Value, 95 % interval and unresolved bounds on one scale from nothing to full marks.
  function intervalBar(metric) {
    const band = (name, low, high) => {
      const element = h('span', {class: name});
      element.style.left = share(metric, low);
      element.style.width = `calc(${share(metric, high)} - ${share(metric, low)})`;
      return element;
    };
    const point = h('span', {class: 'point'});
    point.style.left = share(metric, metric.value);
    return h(
        'div', {class: 'interval', 'aria-hidden': 'true'},
        hasBounds(metric) ? band('bounds', metric.lower_bound, metric.upper_bound) : null,
        hasInterval(metric) ? band('band', metric.low, metric.high) : null, point);
  }

  function headline(metric, training, hasBreakdown) {
    return h(
        'article', {class: 'card headline'}, h('h2', null, metric.name),
        h('p', {class: 'huge'},
          isRate(metric) ?
              [(metric.value * 100).toFixed(1), h('small', null, ' %')] :
              [number(metric.value), h('small', null, ` of ${number(metric.maximum)}`)]),
        intervalBar(metric),
        h('p', null,
          hasInterval(metric) ?
              [
                h('strong', null, '95 % interval '), interval(metric), ', '
              ] :
              null,
          h('strong', null, `n\u00A0=\u00A0${number(metric.n)}`),
          hasInterval(metric) ? ` (${metric.method})` : null),
        h('p', {class: 'muted'}, metric.label),
        training ? h('p', {id: 'training'}, `Trained ${training}.`) : null,
        hasBreakdown ? h('p', null, h('a', {href: '#metrics-title'},
                                      'By difficulty, platform and month')) :
                       null,
        hasBounds(metric) ? h('p', {class: 'muted'},
                              `Unresolved attempts leave it between ${
                                  onScale(metric, metric.lower_bound)} (all wrong) and ${
                                  onScale(metric, metric.upper_bound)} (all right).`) :
                            null);
  }

  function solved(score, run) {
    const share_ =
        score.problems_total > 0 ? (100 * score.problems_solved) / score.problems_total : 0;
    const fill = h('span', {class: 'fill'});
    fill.style.width = `${share_}%`;
    return h(
        'article', {class: 'card'}, h('h2', null, 'Problems solved'),
        h('p', {class: 'huge'}, number(score.problems_solved),
          h('small', null, ` of ${number(score.problems_total)}`)),
        h('div', {class: 'interval', 'aria-hidden': 'true'}, fill),
        h('p', null, 'by at least one attempt'),
        h('p', {class: 'muted'},
          `${plural(score.attempts_planned, 'attempt')} planned, ${
              number(run.attempts_per_problem)} per problem`,
          score.attempts_unjudged ? `; ${number(score.attempts_unjudged)} not judged` : '',
          score.attempts_truncated ?
              `; ${
                  plural(
                      score.attempts_truncated, 'reply', 'replies')} cut off by the token limit` :
              '',
          score.counting_rule ? `; counted: ${score.counting_rule}` : '',
          score.attempts_near_limit ?
              `; ${plural(score.attempts_near_limit, 'attempt')} near a time or memory limit` :
              '',
          '.'));
  }

  function distance(cutoff) {
    if (cutoff.distance === null) return 'not known';
    if (cutoff.distance === 0) return 'reached exactly';
    return cutoff.distance > 0 ? `${number(cutoff.distance)} above` :
                                 `${number(-cutoff.distance)} short`;
  }

  function medalScale(medal) {
    const top = medal.score_max || 1;
    const at = (value) => `${Math.max(0, Math.min(100, (100 * value) / top))}%`;
    const bar = h('div', {class: 'interval scale', 'aria-hidden': 'true'});
    const fill = h('span', {class: 'fill'});
    fill.style.width = at(medal.score);
    bar.append(fill);
    for (const cutoff of medal.cutoffs) {
      if (cutoff.cutoff === null) continue;
      const tick = h('span', {class: `tick m-${cutoff.medal}`});
      tick.style.left = at(cutoff.cutoff);
      bar.append(tick);
    }
    return bar;
  }

  function rank(medal) {
    const parts = [];
    if (medal.rank_best !== null && medal.rank_worst !== null) {
      parts.push(
          medal.rank_best === medal.rank_worst ? `rank ${medal.rank_best}` :
                                                 `rank ${medal.rank_best} to ${medal.rank_worst}`);
    }
    if (medal.penalty !== null) parts.push(`penalty ${number(medal.penalty)} minutes`);
    return parts.join(', ');
  }

  const medalClass = (name) =>
      (['gold', 'silver', 'bronze'].includes(name) ? `m-${name}` : 'm-none');

  function medalCard(medal, words) {
    const gap = words.split(', ').slice(1).join(', ');  // the score itself stands above
    const rows = medal.cutoffs.map(
        (cutoff) =>
            h('tr', null,
              h('th', {scope: 'row'},
                h('span', {class: `disc ${medalClass(cutoff.medal)}`, 'aria-hidden': 'true'}),
                cutoff.medal),
              h('td', {class: 'to-right'},
                cutoff.cutoff === null ? 'not known' : number(cutoff.cutoff)),
              h('td', {class: 'to-right'}, distance(cutoff)), h('td', null, cutoff.confidence),
              h('td', {class: 'muted wide-only'}, cutoff.source)));
    const name = {none: 'No medal', unknown: 'Medal unknown'}[medal.medal] || medal.medal;
    return h(
        'article', {class: 'card medal'}, h('h2', null, medal.contest),
        h('p', {class: 'huge medal-name'},
          h('span', {class: `disc ${medalClass(medal.medal)}`, 'aria-hidden': 'true'}), name,
          h('small', null, ` ${number(medal.score)} of ${number(medal.score_max)}`)),
        medalScale(medal),
        h('p', null, gap ? `${gap[0].toUpperCase()}${gap.slice(1)}. ` : null,
          rank(medal) ? `Possible ${rank(medal)}.` : null),
        medal.explanation ? h('p', {class: 'muted'}, medal.explanation) : null,
        rows.length === 0 ? null :
                            h('div', {class: 'scroll-x'},
                              h('table', {class: 'plain small'},
                                h('thead', null,
                                  h('tr', null, h('th', {scope: 'col'}, 'medal'),
                                    h('th', {scope: 'col', class: 'to-right'}, 'cutoff'),
                                    h('th', {scope: 'col', class: 'to-right'}, 'distance'),
                                    h('th', {scope: 'col'}, 'confidence'),
                                    h('th', {scope: 'col', class: 'wide-only'}, 'source'))),
                                h('tbody', null, rows))),
        medal.reported.length === 0 ?
            null :
            h('details', null, h('summary', null, 'Published results on this contest'),
              h('ul', null, medal.reported.map((line) => h('li', null, line)))));
  }

  function verdicts(data) {
    const {score} = data;
    const entries = data.verdicts.map(
        ([code, meaning]) => ({code, meaning, count: score.verdict_counts[code]}));
    entries.push({code: null, meaning: 'not judged', count: score.attempts_unjudged});
    const present = entries.filter((entry) => entry.count > 0);
    const total = present.reduce((sum, entry) => sum + entry.count, 0) || 1;
    const bar = h('div', {class: 'stack', 'aria-hidden': 'true'});
    for (const entry of present) {
      const part =
          h('span', {class: `v v-${entry.code || 'none'}`},
            entry.count / total > 0.04 ? entry.code || '--' : '');
      part.style.flexGrow = String(entry.count);
      bar.append(part);
    }
    return [
      bar,
      h('ul', {class: 'legend'},
        present.map(
            (entry) =>
                h('li', null, badge(entry.code), h('strong', null, number(entry.count)),
                  h('span', null, entry.meaning),
                  h('span', {class: 'muted'}, `${((100 * entry.count) / total).toFixed(1)} %`))))
    ];
  }

  function metricsTable(metrics) {
    const head = [
      'metric', 'value', '', '95 % interval', 'n', 'if unresolved were wrong / right', 'what it is'
    ];
    return h(
        'div', {class: 'scroll-x'},
        h('table', {class: 'plain'},
          h('thead', null,
            h('tr', null,
              head.map(
                  (text, i) =>
                      h('th', {scope: 'col', class: ['', 'to-right', 'bar-cell', '', 'to-right'][i]},
                        text || h('span', {class: 'hidden'}, 'scale'))))),
          h('tbody', null,
            metrics.map(
                (metric) => h(
                    'tr', null, h('th', {scope: 'row'}, metric.name),
                    h('td', {class: 'to-right'}, onScale(metric, metric.value),
                      isRate(metric) ? null : ` of ${number(metric.maximum)}`),
                    h('td', {class: 'bar-cell'}, intervalBar(metric)),
                    h('td', {class: 'range-cell'},
                      hasInterval(metric) ?
                          `${interval(metric)} (${metric.method})` :
                          '–'),
                    h('td', {class: 'to-right'}, number(metric.n)),
                    h('td', null,
                      hasBounds(metric) ? between(metric, metric.lower_bound, metric.upper_bound) :
                                          '–'),
                    h('td', {class: 'muted label-cell'}, metric.label))))));
  }

  function sandboxText(sandbox) {
    const missing = sandbox.not_promised.map((clause) => `; not promised: ${clause}`).join('');
    return `${sandbox.isolation}: ${sandbox.selftest_summary}${missing}`;
  }

  const svg = (tag, attributes, text) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // Months since the year 0; a day counts for its part of the month.
  const monthsOf = (date) => {
    const [year, month, day] = date.split('-').map(Number);
    return year * 12 + month - 1 + (day ? (day - 1) / 31 : 0.5);
  };

  // pass@1 by month of the contest, with intervals, and the training cut-off where one is declared. The table
  // below it says the same in numbers.
  function datePlot(rows) {
    const months = rows.filter((row) => row.dimension === 'month');
    if (months.length < 2) return null;
    const cutoff = rows.find((row) => row.dimension === 'cutoff');
    const day = cutoff ? cutoff.value.split(' ').pop() : '';
    const width = 900, height = 260, left = 46, right = 12, top = 22, bottom = 34;
    const times = months.map((row) => monthsOf(row.value)).concat(day ? [monthsOf(day)] : []);
    const first = Math.floor(Math.min(...times)), last = Math.ceil(Math.max(...times));
    const x = (time) => left + (width - left - right) * (time - first) / (last - first);
    const y = (share) => top + (height - top - bottom) * (1 - share);
    const plot = svg('svg', {
      viewBox: `0 0 ${width} ${height}`, class: 'date-plot', role: 'img',
      'aria-label': 'pass@1 by month of the contest; the table below has the numbers'
    });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      plot.append(
          svg('line', {class: 'rule', x1: left, x2: width - right, y1: y(share), y2: y(share)}),
          svg('text', {x: left - 6, y: y(share) + 4, 'text-anchor': 'end'}, `${share * 100} %`));
    }
    const step = Math.ceil((last - first) / 12);
    for (let month = first; month < last; month += step) {
      const name = `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, '0')}`;
      plot.append(
          svg('text', {x: x(month + 0.5), y: height - 10, 'text-anchor': 'middle'}, name));
    }
    if (day) {
      const at = x(monthsOf(day));
      const isRight = at > width * 0.7;
      plot.append(
          svg('line', {class: 'cutoff', x1: at, x2: at, y1: top - 8, y2: y(0)}),
          svg('text', {x: at + (isRight ? -5 : 5), y: top - 6, 'text-anchor': isRight ? 'end' : 'start'},
              `trained up to ${day}`));
    }
    for (const row of months) {
      const at = x(monthsOf(row.value));
      const {problems} = row;
      const {value, low, high} = row.pass_at[1];
      const point = svg('circle', {class: 'mark', cx: at, cy: y(value), r: Math.min(3 + Math.sqrt(problems) / 2, 9)});
      point.append(svg('title', {}, `${row.value}: ${(value * 100).toFixed(1)} %, ${plural(problems, 'problem')}`));
      plot.append(svg('line', {class: 'range', x1: at, x2: at, y1: y(low), y2: y(high)}), point);
    }
    return h(
        'div', {id: 'date-plot'},
        h('h3', null, 'pass@1 by month of the contest, with 95 % intervals'),
        h('div', {class: 'scroll-x'}, plot));
  }

  // pass@k by difficulty, platform and month of the problems, and before and from a training cut-off.
  function breakdownTable(rows) {
    const asMetric = (estimate) => ({...estimate, maximum: 1});
    const anyUnresolved = rows.some((row) => row.attempts_unresolved > 0);
    const bounds = (metric) => (anyUnresolved ?
                                    h('td', {class: 'range-cell'},
                                      hasBounds(metric) ?
                                          between(metric, metric.lower_bound, metric.upper_bound) :
                                          '–') :
                                    null);
    const line = (row, i) => {
      const metric = asMetric(row.pass_at[1]);
      const others = Object.entries(row.pass_at).slice(1).flatMap(([, estimate]) => {
        const other = asMetric(estimate);
        return [
          h('td', {class: 'to-right'}, onScale(other, other.value)),
          h('td', {class: 'range-cell'}, `${interval(other)} (${other.method})`),
          bounds(other)
        ];
      });
      const first = i === 0 || rows[i - 1].dimension !== row.dimension;
      return h(
          'tr', null, h('th', {scope: 'row'}, first ? row.dimension : ''), h('td', null, row.value),
          h('td', {class: 'to-right'}, onScale(metric, metric.value)),
          h('td', {class: 'bar-cell'}, intervalBar(metric)),
          h('td', {class: 'range-cell'},
            `${interval(metric)} (${metric.method})`),
          bounds(metric), others,
          h('td', {class: 'to-right'}, number(row.problems)),
          anyUnresolved ? h('td', {class: 'to-right'}, number(row.attempts_unresolved)) : null);
    };
    const more = Object.keys(rows[0].pass_at).slice(1);
    const open = anyUnresolved ? [['if unresolved were wrong / right']] : [];
    const head = [
      ['by'], [''], ['pass@1', 'to-right'], ['', 'bar-cell'], ['95 % interval'], ...open,
      ...more.flatMap((k) => [[`pass@${k}`, 'to-right'], ['95 % interval'], ...open]),
      ['problems', 'to-right'], ...(anyUnresolved ? [['unresolved attempts', 'to-right']] : [])
    ];
    const cells =
        head.map(([text, side]) => h('th', {scope: 'col', class: side}, text));
    return h(
        'div', {class: 'scroll-x', id: 'breakdown'},
        h('table', {class: 'plain'}, h('thead', null, h('tr', null, cells)),
          h('tbody', null, rows.map(line))));
  }

  function facts(data) {
    const {run} = data;
    const sampling =
        Object.entries(run.sampling).map(([name, value]) => `${name} ${value}`).join(', ');
    const rows = [
      ['Run', run.id], ['Suite', run.suite], ['Model', run.model], ['Runner', run.runner],
      ['Strategy', run.strategy], ['Sampling', sampling || 'defaults of the runner'],
      ['Seed', run.seed], ['Attempts per problem', run.attempts_per_problem],
      ['Prompt', run.prompt_template], ['Extraction', run.extraction_rule],
      ['Isolation', run.isolation.join(', ') || 'nothing was run'],
      ['Sandbox', run.sandboxes.map(sandboxText).join('; ')], 
      ['Reproduced', run.repro_checks.map((check) => check.summary).join('; ')], ['Host', run.host],
      ['evalctl', run.evalctl_version], ['Started', utc(run.created)],
      ['Report made', utc(data.generated)]
    ];
    return rows.filter(([, value]) => value !== '')
        .map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value)));
  }

  // What the controls set apart, and the headline without it.
  function controlsCard(controls) {
    const {without} = controls;
    return h(
        'article', {class: 'card', id: 'controls'}, h('h2', null, 'Controls'),
        h('p', null, `${controls.summary}.`),
        controls.apart.length === 0 ?
            null :
            h('ul', null,
              controls.apart.map(
                  (one) =>
                      h('li', null, h('strong', null, one.problem), one.is_flaky ? ' (flaky)' : '',
                        `: ${one.why}`))),
        without ? h('p', null, `Without these: ${without.name} `,
                    h('strong', null, onScale(without, without.value)),
                    hasInterval(without) ?
                        `, 95 % ${interval(without)}` :
                        '',
                    `, n\u00A0=\u00A0${number(without.n)}.`) :
                  null);
  }

  function draw(data) {
    const {run, score} = data;
    byId('suite').textContent = run.suite_title || run.suite;
    byId('model').textContent = run.model;
    const status = byId('status');
    const failed = score.verdict_counts.IE || 0;
    status.textContent = !run.complete ?
        `incomplete: ${plural(score.attempts_unjudged, 'attempt')} not judged` :
        failed > 0 ? `complete, but ${plural(failed, 'attempt')} failed on our side` : 'complete';
    status.classList.add(run.complete && failed === 0 ? 'good' : 'warn');
    append(byId('cards'), [
      score.metrics.length > 0 ? headline(score.metrics[0], data.training, score.breakdown) : null, solved(score, run),
      score.medal ? medalCard(score.medal, data.medal_headline) : null,
      data.controls ? controlsCard(data.controls) : null
    ]);
    append(byId('verdicts'), verdicts(data));
    byId('metrics').append(metricsTable(score.metrics));
    if (score.breakdown) {
      append(byId('metrics'), [datePlot(score.breakdown), breakdownTable(score.breakdown)]);
    }
    append(byId('facts'), facts(data));
    byId('made').textContent = `Made by evalctl ${run.evalctl_version} on ${
        utc(data.generated)}. Everything shown is inside this file; it contacts no server.`;
  }

  return {draw, datePlot};
})();
