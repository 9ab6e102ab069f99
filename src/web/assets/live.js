// Pages are complete without this. With it their parts follow the proxy second by second, searching needs no reload,
// what ends something asks first, and addresses can be copied.
"use strict";
(() => {
  let source = null;
  let again = 0;

  const title = document.title.replace(/^\d+ down - /, "");

  function tell(text) {
    const told = document.getElementById("told");
    if (told) told.textContent = text;
  }

  function apply(news) {
    for (const [id, html] of Object.entries(news.set || {})) {
      const part = document.getElementById(id);
      if (part && !part.contains(document.activeElement)) part.innerHTML = html;
    }
    const asOf = document.getElementById("as-of");
    if (asOf) asOf.textContent = news.at;
    const trouble = news.down > 0 ? news.down + " down - " : "";
    if (document.title !== trouble + title) {
      document.title = trouble + title;
      document.querySelector("link[rel=icon]").href = "/assets/" + (news.down > 0 ? "down" : "up") + ".svg";
      tell(news.down > 0 ? news.down + " backends down" : "all backends up");
    }
  }

  // A browser connects again by itself, but not where it was refused: the session is over, or too many look on.
  function refused() {
    if (source.readyState !== EventSource.CLOSED) return;
    tell("no longer live: reload to see more,");
    clearTimeout(again);
    again = setTimeout(listen, 15000);
  }

  function listen() {
    clearTimeout(again);
    if (source) source.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/api/stream?view=" + encodeURIComponent(location.pathname + location.search));
    source.onmessage = (event) => apply(JSON.parse(event.data));
    source.onerror = refused;
    source.onopen = () => tell("");
  }

  // Another drawing of the same page, in place.
  async function show(url) {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const typed = document.activeElement && document.activeElement.id;
    const at = typed && document.activeElement.selectionStart;
    document.querySelector("main").replaceWith(fresh);
    history.replaceState(null, "", url);
    const field = typed && document.getElementById(typed);
    if (field) {
      field.focus();
      if (typeof at === "number" && field.setSelectionRange) field.setSelectionRange(at, at);
    }
    prepare();
    listen();
  }

  let waiting = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[role=search]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show((form.getAttribute("action") || location.pathname) + "?" +
      new URLSearchParams(new FormData(form))), 250);
  });

  function ask(form) {
    const box = document.createElement("dialog");
    const text = document.createElement("p");
    const keep = document.createElement("button");
    const act = document.createElement("button");
    const silence = form.closest("section")?.querySelector("[data-silence]"); // as it is now
    text.textContent = form.dataset.ask + (silence ? " " + silence.textContent : "");
    keep.textContent = "No, keep";
    act.textContent = "Yes";
    act.className = "danger";
    box.append(text, keep, act);
    document.body.append(box);
    keep.onclick = () => box.close();
    act.onclick = () => { form.dataset.ask = ""; form.requestSubmit(); };
    box.onclose = () => box.remove();
    box.showModal();
    keep.focus();
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.ask) return;
    event.preventDefault();
    ask(event.target);
  });

  function prepare() {
    for (const code of document.querySelectorAll("code.copy")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.onclick = async () => {
        let copied = true;
        try {
          await navigator.clipboard.writeText(code.textContent);
        } catch { // over plain HTTP there is no clipboard but for localhost
          getSelection().selectAllChildren(code);
          copied = document.execCommand("copy");
        }
        button.textContent = copied ? "Copied" : "Press Ctrl-C";
      };
      code.after(" ", button);
    }
  }

  document.addEventListener("visibilitychange", listen);
  prepare();
  listen();
})();
