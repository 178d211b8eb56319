// The controls of the book. The engine is a Go program in WebAssembly; it lies
// in engine.js as text, because a page that was opened from a file may not
// fetch one, and runs in a worker, so that the page never waits for it.
(() => {
  "use strict";
  const boxes = [...document.querySelectorAll("section.try")];
  if (!boxes.length || !window.Worker || !window.WebAssembly || !window.DecompressionStream) return;

  const here = document.currentScript.src;
  const waiting = new Map(); // questions under way, by number
  let worker, asked = 0;
  const started = new Promise((ready, failed) => {
    const script = document.createElement("script");
    script.src = new URL("engine.js", here).href;
    script.onerror = () => failed(new Error("engine.js is missing"));
    script.onload = () => { start(ready, failed); };
    document.head.append(script);
  });

  // What the worker does: unpack, start, answer.
  const inside = `
self.onmessage = async e => {
  try {
    const text = atob(e.data), packed = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
    const module = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    self.socketbookReady = () => {
      self.onmessage = e => postMessage({id: e.data.id, answer: socketbookAnswer(e.data.question)});
      postMessage({ready: true});
    };
    const go = new Go();
    const {instance} = await WebAssembly.instantiate(module, go.importObject);
    go.run(instance);
  } catch (err) { postMessage({failed: String(err)}); }
};`;

  function start(ready, failed) {
    const engine = window.socketbookEngine;
    const url = URL.createObjectURL(new Blob([engine.exec, inside], {type: "text/javascript"}));
    worker = new Worker(url);
    worker.onmessage = ({data}) => {
      if (data.ready) { URL.revokeObjectURL(url); ready(); return; }
      if (data.failed) { failed(new Error(data.failed)); return; }
      waiting.get(data.id)(JSON.parse(data.answer));
      waiting.delete(data.id);
    };
    worker.onerror = e => failed(new Error(e.message));
    worker.postMessage(engine.packed);
    engine.packed = null; // two megabytes that nobody needs any more
  }

  const ask = question => started.then(() => new Promise(done => {
    waiting.set(++asked, done);
    worker.postMessage({id: asked, question});
  }));

  started.then(() => { document.documentElement.dataset.engine = "ready"; }, err => {
    document.documentElement.dataset.engine = "failed";
    for (const box of boxes) box.querySelector("form").hidden = true;
    console.error("the controls do not work: " + err.message);
  });

  for (const box of boxes) control(box);

  function control(box) {
    const form = box.querySelector("form"), pos = form.elements.pos;
    const part = name => box.querySelector(".try-" + name);
    let busy = false, again = false, timer = 0, begun = 0;
    form.hidden = false;
    form.onsubmit = e => e.preventDefault();

    const setting = input => input.dataset.stops ? input.dataset.stops.split("|")[input.value] : input.value;
    const inputs = [...form.elements].filter(i => i.name);

    function say(input, text) {
      input.setAttribute("aria-valuetext", text);
      form.querySelector(`output[for="${input.id}"]`).textContent = text;
    }

    // One question at a time; what is moved meanwhile is asked afterwards.
    async function draw() {
      for (const i of inputs) if (i.dataset.stops) say(i, (setting(i) + " " + i.dataset.unit).trim());
      if (busy) { again = true; return; }
      busy = true;
      do {
        again = false;
        begun = performance.now();
        show(await ask(box.dataset.control + "?" + inputs.map(i => i.name + "=" + setting(i)).join("&")));
      } while (again);
      busy = false;
    }

    function show(a) {
      box.dataset.took = (performance.now() - begun).toFixed(1);
      if (a.error) { part("text").textContent = a.error; return; }
      if (part("text").textContent !== a.text) part("text").textContent = a.text; // said aloud when it changes
      part("picture").innerHTML = a.svg;
      part("table").innerHTML = a.table;
      part("replay").querySelector("code").textContent = a.replay;
      if (pos) {
        pos.max = a.len - 1;
        pos.value = a.pos;
        say(pos, `${a.pos + 1} of ${a.len}`);
      }
      box.dataset.answers = 1 + Number(box.dataset.answers || 0);
      document.documentElement.dataset.ready ||= performance.now();
    }

    draw(); // what stands there already; from then on the engine is warm
    form.addEventListener("input", e => {
      if (e.target.name !== "pos" && pos) { stop(); pos.value = 0; } // another run begins at its start
      if (e.target.name === "pos") stop();
      draw();
    });
    if (!pos) return;

    const play = form.querySelector('[data-go="play"]');
    function stop() {
      clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
    }
    function go(to) { pos.value = to; draw(); }
    form.addEventListener("click", e => {
      const way = e.target.dataset.go;
      if (!way) return;
      if (way !== "play" || timer) stop(); else {
        if (+pos.value >= +pos.max) go(0);
        play.textContent = "Pause";
        play.setAttribute("aria-pressed", "true");
        timer = setInterval(() => { if (+pos.value >= +pos.max) stop(); else if (!busy) go(+pos.value + 1); }, 700);
        return;
      }
      if (way === "first") go(0);
      if (way === "back") go(+pos.value - 1);
      if (way === "step") go(+pos.value + 1);
    });
  }
})();
