"use strict";
// Shows, on MLflow's own pages, a link to mlsnap's: on a run's page to the data of that run.
(() => {
  const pages = new URL(".", document.currentScript.src).pathname;
  const link = document.createElement("a");

  const follow = () => {
    const [, run] = location.hash.match(/\/runs\/([0-9a-zA-Z_-]+)/) ?? [];
    const address = run ? `${pages}runs/${run}` : pages;
    if (link.getAttribute("href") === address) return;
    link.href = address;
    link.textContent = run ? "Data of this run" : "Data";
  };

  const show = () => {
    const place = document.createElement("nav");
    place.setAttribute("aria-label", "mlsnap");
    place.id = "mlsnap";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { position: fixed; bottom: 0; left: 50%; transform: translateX(-50%); z-index: 10 }
      a {
        display: block; padding: 0 12px; border: 1px solid #0a5a94; border-bottom: 0;
        border-radius: 8px 8px 0 0; font: 12px/18px system-ui, sans-serif;
        color: #0a5a94; background: #fff; text-decoration: none; white-space: nowrap;
      }
      a:hover, a:focus-visible { color: #fff; background: #0a5a94 }
      a:focus-visible { outline: 2px solid #0a5a94; outline-offset: 2px }
      @media print { a { display: none } }
    `);
    const inside = place.attachShadow({ mode: "open" });
    inside.adoptedStyleSheets = [sheet];
    inside.append(link);
    document.body.append(place);
  };

  follow();
  show();
  // MLflow changes its address without an event, so it is looked at before the link is used, too.
  for (const event of ["hashchange", "popstate"]) window.addEventListener(event, follow);
  for (const event of ["pointerenter", "focus", "click"]) link.addEventListener(event, follow);
  setInterval(follow, 500);
})();
