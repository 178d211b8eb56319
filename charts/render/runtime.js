// The page's side of a chart: replaces the picture by the live chart, in the
// colours of the page and the layout of its width.
(function () {
  "use strict";
  var book = window.socketbook = window.socketbook || {};
  if (book.draw) return;
  var palettes = PALETTES;
  var figures = [];

  // Whether the page is dark: by hand (JupyterLab, furo, VS Code), else by the
  // system's wish. On paper it never is.
  function theme() {
    var b = document.body, t = b.dataset.theme;
    if (b.dataset.jpThemeLight) return b.dataset.jpThemeLight === "false" ? "dark" : "light";
    if (t === "dark" || t === "light") return t;
    if (b.classList.contains("vscode-dark")) return "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  function paint(option, colours) {
    return JSON.parse(option.replace(/"\$(\w+)"/g, function (all, name) {
      return name in colours ? JSON.stringify(colours[name]) : all;
    }));
  }

  // One chart in its figure. state says what is on the screen now.
  function live(figure) {
    var source = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    var image = figure.querySelector("img"), holder = document.createElement("div");
    holder.className = "socketbook-live";
    holder.setAttribute("role", "img");
    holder.setAttribute("aria-label", image.alt);
    holder.style.cssText = "width:100%;overflow:hidden;border-radius:4px";
    image.after(holder);
    var chart = null, state = "", last = 0;

    function draw() {
      // No width: not on the screen. JupyterLab hides the page for the moment
      // in which it changes its theme; then the last width holds.
      var width = last = holder.clientWidth || last;
      if (!width) return;
      var shape = width < 600 ? source.narrow : source.wide;
      var now = theme() + (width < 600);
      if (now !== state) {
        if (!chart) {
          holder.style.height = shape.height + "px";
          chart = book.echarts.init(holder, null, {renderer: "svg", width: width, height: shape.height});
          image.classList.add("socketbook-replaced");
        }
        holder.style.height = shape.height + "px";
        chart.resize({width: width, height: shape.height});
        chart.setOption(paint(JSON.stringify(shape.option), palettes[theme()]), {notMerge: true});
        state = now;
      } else if (chart.getWidth() !== width) {
        chart.resize({width: width});
      }
    }
    new ResizeObserver(draw).observe(holder);
    draw();
    return draw;
  }

  book.draw = function (figure) {
    if (!book.echarts || figure.dataset.live) return;
    figure.dataset.live = "1";
    figures.push(live(figure));
  };

  function redraw() { figures.forEach(function (draw) { draw(); }); }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.body, {
    attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"]
  });

  // On paper the picture is better: it is light, and it has the right width.
  var style = document.createElement("style");
  style.textContent = ".socketbook-replaced{display:none!important}" +
    "@media print{.socketbook-live{display:none!important}.socketbook-replaced{display:block!important}}";
  document.head.appendChild(style);

  dispatchEvent(new Event("echarts-ready"));
})();
