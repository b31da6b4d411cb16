/* Kith's own script: only what makes a page nicer. Every page works without it. */
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* What only a script can do is hidden until there is one. */
  const wake = (root) => findAll("[data-copy][hidden],[data-dismiss][hidden],[data-wake][hidden]", root)
    .forEach((each) => { each.hidden = false; });

  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog?.showModal) return false;
    if (!dialog.open) dialog.showModal();
    return true;
  };

  const toast = (text) => {
    const place = find("[data-toasts]"), model = find("#toast-model");
    if (!place || !model) return;
    const card = model.content.cloneNode(true);
    find("p", card).textContent = text;
    wake(card);
    place.append(card);
  };

  const copy = async (button) => {
    const words = find("span", button), before = words.textContent;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  };

  /* Tabs that lead to parts of the same page show one part at a time. */
  const showTab = (tabs, hash) => {
    const links = findAll("a[href^='#']", tabs);
    const chosen = links.find((link) => link.hash === hash) || links[0];
    links.forEach((link) => {
      const panel = document.getElementById(link.hash.slice(1));
      if (panel) panel.hidden = link !== chosen;
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const opener = on("[data-dialog]"), copier = on("[data-copy]"), tab = on(".tabs a[href^='#']");
    if (opener && open(opener.dataset.dialog)) event.preventDefault();
    else if (copier) copy(copier);
    else if (on("[data-dismiss]")) on(".toast,.notice")?.remove();
    else if (tab) { event.preventDefault(); history.replaceState(null, "", tab.hash); showTab(tab.closest(".tabs"), tab.hash); }
    else if (event.target.matches("dialog")) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input,textarea,select,[contenteditable]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
    const search = event.key === "/" && findAll("[data-search],input[type=search]").find((each) => each.offsetParent);
    if (search) search.matches("a") ? search.click() : (search.focus(), search.select?.());
    else if (!(event.key === "?" && open("help"))) return;
    event.preventDefault();
  });

  document.addEventListener("htmx:response:error", () => toast(find("#toast-model")?.dataset.failed));
  document.addEventListener("htmx:error", () => toast(find("#toast-model")?.dataset.failed));
  document.addEventListener("htmx:after:swap", () => wake(document));

  const start = () => {
    wake(document);
    findAll(".tabs").filter((tabs) => find("a[href^='#']", tabs)).forEach((tabs) => showTab(tabs, location.hash));
    find("[data-autofocus]")?.focus();
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
