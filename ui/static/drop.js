// The place for files: dropped, chosen, or a folder of them; uploaded one after the other, then told to the server by path.
const drop = element.querySelector('.drop');
const line = element.querySelector('.drop-progress');
const SYSTEM = /^(\.|~\$)|^(thumbs\.db|desktop\.ini)$/i;
let queue = Promise.resolve();

const send = (file, moved) => new Promise((done) => {
  const form = new FormData();
  form.append('files', file, file.name);
  const request = new XMLHttpRequest();
  request.open('POST', 'gradio_api/upload');
  request.upload.onprogress = (event) => moved(event.loaded);
  request.onerror = () => done({failed: 'lost'});
  request.onload = () => {
    if (request.status === 200) done({path: JSON.parse(request.responseText)[0]});
    else if (request.status === 401) location.reload();
    else done({failed: request.status === 413 ? 'size' : 'lost'});
  };
  request.send(form);
});

const bring = async (found) => {
  const total = found.reduce((sum, one) => sum + one.file.size, 0) || 1;
  let before = 0;
  const files = [], failed = [];
  drop.dataset.busy = '1';
  for (const [n, one] of found.entries()) {
    const show = (loaded) => {
      line.querySelector('i').style.width = `${Math.min(100, 100 * (before + loaded) / total)}%`;
      line.querySelector('.num').textContent = `${n + 1} / ${found.length}`;
    };
    show(0);
    const answer = await send(one.file, show);
    before += one.file.size;
    (answer.path ? files : failed).push({name: one.name, ...answer});
  }
  delete drop.dataset.busy;
  trigger('action', {action: 'added', files, failed});
};

const take = (found) => {
  if (found.length) queue = queue.then(() => bring(found));
};

const walk = async (entry, folder) => {
  if (SYSTEM.test(entry.name)) return [];
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [{file, name: folder + file.name}];
  }
  const reader = entry.createReader(), found = [];
  // A folder is told in pieces.
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const one of some) found.push(...await walk(one, `${folder}${entry.name}/`));
  }
};

element.addEventListener('click', (event) => {
  const pick = event.target.closest('[data-pick]');
  if (pick) element.querySelector(`input[data-for="${pick.dataset.pick}"]`).click();
});
element.addEventListener('change', (event) => {
  const input = event.target;
  const files = [...input.files].filter((file) => input.dataset.for === 'files' || !SYSTEM.test(file.name));
  take(files.map((file) => ({file, name: file.webkitRelativePath || file.name})));
  input.value = '';
});
['dragenter', 'dragover'].forEach((kind) => element.addEventListener(kind, (event) => {
  event.preventDefault();
  drop.dataset.over = '1';
}));
['dragleave', 'drop'].forEach((kind) => element.addEventListener(kind, (event) => {
  event.preventDefault();
  if (kind === 'drop' || !drop.contains(event.relatedTarget)) delete drop.dataset.over;
}));
element.addEventListener('drop', async (event) => {
  // Entries are gone after the first wait.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  const files = [...event.dataTransfer.files];
  if (!entries.some((entry) => entry && entry.isDirectory)) {
    take(files.map((file) => ({file, name: file.name})));
    return;
  }
  const found = [];
  for (const entry of entries) if (entry) found.push(...await walk(entry, ''));
  take(found);
});
