'use strict';
// The turns of an attempt, one foldable entry each: what the model said, what its action gave, what it cost.
const Trajectory = (() => {
  const {h, textOf, omittedNote, number, duration, plural} = Dom;

  const kOutputCharacters = 4000;  // of an observation, until all of it is asked for

  // ESC and its like would vanish in the page: they are shown as the signs that Unicode has for them.
  const kControls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
  const visible = (text) =>
      text.replace(kControls, (c) => (c === '\u007F' ? '\u2421' :
                                                       String.fromCharCode(0x2400 + c.charCodeAt(0))));

  // The action's first line, for the folded entry.
  function headlineOf(reply) {
    const block = /^```(?:bash|sh)[ \t]*\r?\n([\s\S]*?)(?:^```|$(?![\s\S]))/m.exec(reply);
    const line = (block ? block[1] : reply).split('\n').find((one) => one.trim() !== '');
    return visible((line || 'nothing').trim()).slice(0, 300);
  }

  function cents(value) {
    return value === null ? null : `${number(value, 3)} ¢`;
  }

  function figures(turn) {
    return [
      turn.completion_tokens === null ? null : `${number(turn.completion_tokens)} out`,
      turn.prompt_tokens === null ? null : `${number(turn.prompt_tokens)} in`,
      cents(turn.cost_cents), turn.generation_ms > 0 ? duration(turn.generation_ms) : null
    ].filter((text) => text !== null).join(' · ');
  }

  // A diff is coloured; everything else is plain text. The middle of a long one is left out at first.
  function output(value) {
    const text = visible(textOf(value));
    const holder = h('div');
    const draw = (shown) => (/^diff --git /m.test(shown) ?
                                 Typeset.codeBlock(shown, 'diff') :
                                 h('pre', {class: 'output', tabindex: '0'}, shown));
    if (text.length <= kOutputCharacters) {
      holder.append(draw(text));
    } else {
      const half = kOutputCharacters / 2;
      const left = text.length - kOutputCharacters;
      const more = h('button', {
        type: 'button',
        class: 'quiet more-output',
        onclick: () => holder.replaceChildren(draw(text))
      },
                     `${plural(left, 'character')} left out; show all`);
      holder.append(draw(text.slice(0, half)), more, draw(text.slice(-half)));
    }
    return [holder, omittedNote(value)];
  }

  function body(turn) {
    return [
      turn.reasoning === null ? null :
                                [
                                  h('h4', null, 'Reasoning'),
                                  h('pre', {class: 'output', tabindex: '0'},
                                    visible(textOf(turn.reasoning))),
                                  omittedNote(turn.reasoning)
                                ],
      h('h4', null, 'Reply'),
      textOf(turn.reply) === '' ? h('p', {class: 'muted'}, 'The model wrote nothing.') :
                                  Markdown.render(visible(textOf(turn.reply))),
      omittedNote(turn.reply),
      turn.finish_reason === 'stop' ? null :
                                      h('p', {class: 'muted'}, `Finished: ${turn.finish_reason}.`),
      turn.observation === null ? null : [h('h4', null, 'What it gave'), output(turn.observation)]
    ];
  }

  // Drawn when it is first opened: an attempt may have hundreds.
  function entry(turn, index) {
    const holder = h('div');
    const details =
        h('details', {class: 'turn'},
          h('summary', null, h('strong', null, `${index + 1}`),
            h('code', null, headlineOf(textOf(turn.reply))),
            turn.submitted ? h('span', {class: 'v v-AC'}, 'handed in') : null,
            h('span', {class: 'muted'}, figures(turn))),
          holder);
    details.addEventListener('toggle', () => {
      if (details.open && !holder.hasChildNodes()) Dom.append(holder, [body(turn)]);
    });
    return details;
  }

  function totals(turns) {
    const sum = (key) => {
      const known = turns.map((turn) => turn[key]).filter((value) => value !== null);
      return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
    };
    return figures({
      completion_tokens: sum('completion_tokens'),
      prompt_tokens: sum('prompt_tokens'),
      cost_cents: sum('cost_cents'),
      generation_ms: sum('generation_ms')
    });
  }

  function draw(turns) {
    const entries = turns.map(entry);
    const fold = (open) => () => entries.forEach((one) => {
      one.open = open;
    });
    return [
      h('div', {class: 'turn-buttons'},
        h('span', {class: 'muted'}, `${plural(turns.length, 'turn')}: ${totals(turns)}`),
        h('button', {type: 'button', class: 'quiet', onclick: fold(true)}, 'Open all'),
        h('button', {type: 'button', class: 'quiet', onclick: fold(false)}, 'Fold all')),
      entries
    ];
  }

  return {draw};
})();
