// Tasks that are marked in the table: kept here, so that a refresh of the table loses none of them.
const marked = new Set();
const board = document.getElementById('kh-board');
const all = element.querySelector('.bulk-all');
const rows = () => [...board.querySelectorAll('input[data-mark]')];

const show = () => {
  const here = rows();
  here.forEach((box) => {
    const on = marked.has(box.dataset.mark);
    if (box.checked !== on) box.checked = on;
  });
  const some = here.filter((box) => box.checked).length;
  all.checked = some > 0 && some === here.length;
  all.indeterminate = some > 0 && some < here.length;
  all.disabled = here.length === 0;
  element.querySelectorAll('.bulk-count').forEach((one) => { one.textContent = String(marked.size); });
  element.querySelectorAll('[data-bulk]').forEach((button) => { button.disabled = marked.size === 0; });
};

board.addEventListener('change', (event) => {
  const box = event.target.closest('input[data-mark]');
  if (!box) return;
  if (box.checked) marked.add(box.dataset.mark); else marked.delete(box.dataset.mark);
  show();
});
all.addEventListener('change', () => {
  rows().forEach((box) => { if (all.checked) marked.add(box.dataset.mark); else marked.delete(box.dataset.mark); });
  show();
});
element.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-bulk]');
  if (!button || button.disabled) return;
  const text = (name) => {
    const found = element.querySelector(`[data-words="${button.dataset.bulk}-${name}"], [data-words="${name}"]`);
    return found ? found.innerHTML.replaceAll('{n}', String(marked.size)) : '';
  };
  const extra = button.dataset.bulk === 'priority' ? text('choices') : '';
  const chosen = await khAsk({title: text('title'), body: text('body'), ok: text('ok'), back: text('back'), extra});
  button.focus();
  if (!chosen) return;
  trigger('action', {action: button.dataset.bulk, tasks: [...marked], priority: chosen.priority || ''});
  marked.clear();
  show();
});
new MutationObserver(show).observe(board, {childList: true, subtree: true});
show();
